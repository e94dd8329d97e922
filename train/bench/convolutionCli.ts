/** npm run bench:convolution: times the algorithms of a convolution on the zoo's layer shapes. */
import { availableParallelism, cpus } from 'node:os';
import { Command } from '@commander-js/extra-typings';
import { positiveInteger, runCli } from '../../dsl/cli.ts';
import { chooseAlgorithm, convShape, suitable } from '../../export/rules/convAlgorithms.ts';
import { targets } from '../../export/targets.ts';
import { timeAlgorithms } from '../autotune.ts';

const command = new Command('bench:convolution')
  .description(
    'Milliseconds of forward pass and both gradients, the least of several runs; * marks what the compiler chooses.',
  )
  .option('--batch <n>', 'images in a step', positiveInteger, 32)
  .option('--runs <n>', 'runs of each', positiveInteger, 5)
  .option('--threads <n>', 'threads (default: one per core)', positiveInteger, availableParallelism());

/** Input channels, filters, height and width, as in the zoo at 128x128. */
const layers = [
  [32, 64, 64],
  [64, 128, 32],
  [128, 256, 16],
] as const;

await runCli(async () => {
  command.parse();
  const { batch, runs, threads } = command.opts();
  console.log(`batch ${batch}, ${threads} threads, ${cpus()[0]?.model}; ms, the least of ${runs} runs`);
  for (const kernel of [3, 5, 7]) {
    for (const [channels, filters, size] of layers) {
      const attributes = {
        filters,
        kernel,
        stride: 1,
        padding: 'same',
        dilation: 1,
        groups: 1,
        bias: false,
      } as const;
      const input = [batch, channels, size, size];
      const shape = convShape(input, attributes);
      const chosen = chooseAlgorithm(shape, targets.cpu);
      const layer = { input, attributes, ofImages: false, algorithms: suitable(shape) };
      const { times, failed } = await timeAlgorithms(layer, { device: 'cpu', threads }, runs);
      const shown = [...times].map(([name, ms]) => `${name}${name === chosen ? '*' : ''} ${ms.toFixed(1)}`);
      for (const [name, why] of failed) shown.push(`${name} failed: ${why}`);
      console.log(`${kernel}x${kernel} ${channels}->${filters} at ${size}x${size}: ${shown.join('  ')}`);
    }
  }
});
