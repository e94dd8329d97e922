/** npm run bench:weight-gradient: times the forms of a convolution's weight gradient on the zoo's layer shapes. */
import { availableParallelism, cpus } from 'node:os';
import { Command } from '@commander-js/extra-typings';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { positiveInteger, runCli } from '../../dsl/cli.ts';
import { Graph } from '../../export/graph.ts';
import { encodeModel } from '../../export/onnx.ts';
import { fillUniform, stream } from '../../export/random.ts';
import {
  chooseForm,
  formNames,
  type WeightGradientForm,
  weightGradientForms,
} from '../../export/rules/convWeightGradient.ts';
import { elementCount } from '../../export/tensorType.ts';
import { openSession } from '../../runtime/session.ts';

const command = new Command('bench:weight-gradient')
  .description(
    'Milliseconds of each form, the least of several runs; * marks the one that the compiler chooses.',
  )
  .option('--batch <n>', 'images in a step', positiveInteger, 32)
  .option('--runs <n>', 'runs of each', positiveInteger, 8);

/** Input channels, filters, height and width, as in the zoo at 128x128. */
const layers = [
  [3, 32, 128],
  [32, 64, 64],
  [64, 128, 32],
  [128, 256, 16],
] as const;

await runCli(async () => {
  command.parse();
  const { batch, runs } = command.opts();
  console.log(
    `batch ${batch}, ${availableParallelism()} threads, ${cpus()[0]?.model}; ms, the least of ${runs} runs`,
  );
  for (const kernel of [3, 5, 7]) {
    for (const [channels, filters, size] of layers) {
      const times: string[] = [];
      for (const form of formNames) {
        const { graph, chosen } = formGraph(
          form,
          [batch, channels, size, size],
          [batch, filters, size, size],
          kernel,
        );
        const session = await openSession(encodeModel(graph), { device: 'cpu' });
        times.push(`${form}${chosen === form ? '*' : ''} ${(await least(session, graph, runs)).toFixed(1)}`);
        await session.release();
      }
      console.log(`${kernel}x${kernel} ${channels}->${filters} at ${size}x${size}: ${times.join('  ')}`);
    }
  }
});

function formGraph(
  form: WeightGradientForm,
  input: readonly number[],
  output: readonly number[],
  kernel: number,
) {
  const graph = new Graph('weightGradient');
  const dy = graph.input('dy', 'float32', output);
  const pad = (kernel - 1) / 2;
  const window = {
    kernel_shape: [kernel, kernel],
    strides: [1, 1],
    pads: [pad, pad, pad, pad],
    dilations: [1, 1],
    group: 1,
  };
  graph.output('dw', weightGradientForms[form](graph.input('x', 'float32', input), dy, window));
  return { graph: graph.prune(), chosen: chooseForm(dy) };
}

async function least(session: InferenceSession, graph: Graph, runs: number): Promise<number> {
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, sizes }) => {
      const data = new Float32Array(elementCount(sizes));
      fillUniform(stream(1, name), data);
      return [name, new Tensor('float32', data, [...sizes])];
    }),
  );
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) {
    const started = performance.now();
    await session.run(feeds);
    best = Math.min(best, performance.now() - started);
  }
  return best;
}
