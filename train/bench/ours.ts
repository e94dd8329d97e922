/** Trains an architecture with our training graph, for the bench: the same protocol as torch_train.py. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fromArchitecture } from '../../dsl/architecture.ts';
import { initialize } from '../../export/initialize.ts';
import { optimizerSchema } from '../../export/optimizers.ts';
import { fillUniform, stream } from '../../export/random.ts';
import { targets } from '../../export/targets.ts';
import { elementCount } from '../../export/tensorType.ts';
import { nodeRuntime } from '../../runtime/session.ts';
import { compileTraining, TrainingSession } from '../trainingSession.ts';
import { type Answer, askSchema, setupSchema } from './protocol.ts';

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const first = await lines.next();
  const setup = setupSchema.parse(JSON.parse(String(first.value)));
  const model = fromArchitecture(setup.architecture);
  const { batch } = setup;
  const compiled = compileTraining(model, {
    batch,
    optimizer: optimizerSchema.parse({ name: setup.optimizer.name }),
    target: targets.cpu,
  });
  const session = await TrainingSession.open(
    compiled,
    nodeRuntime({ device: 'cpu', threads: setup.threads }),
    initialize(model, 1),
  );

  const pixels = readFileSync(setup.pixels);
  const labels = new Int32Array(Uint8Array.from(readFileSync(setup.labels)).buffer);
  const imageBytes = pixels.length / labels.length;
  const random = stream(1, 'bench');
  let position = 0;
  for await (const line of { [Symbol.asyncIterator]: () => lines }) {
    const { steps } = askSchema.parse(JSON.parse(line));
    const started = performance.now();
    const images = new Uint8Array(steps * batch * imageBytes);
    const answers = new Int32Array(steps * batch);
    for (let step = 0; step < steps; step += 1) {
      if (position + batch > labels.length) position = 0;
      images.set(
        pixels.subarray(position * imageBytes, (position + batch) * imageBytes),
        step * batch * imageBytes,
      );
      answers.set(labels.subarray(position, position + batch), step * batch);
      position += batch;
    }
    const uniform = session.uniformInputs.map(({ name, dims }) => {
      const numbers = new Float32Array(steps * elementCount(dims));
      fillUniform(random, numbers);
      return [name, numbers] as const;
    });
    const { losses } = await session.run({
      steps,
      images,
      labels: answers,
      learningRates: new Float32Array(steps).fill(setup.optimizer.lr),
      uniform: new Map(uniform),
    });
    const answer: Answer = {
      seconds: (performance.now() - started) / 1000,
      loss: losses.reduce((sum, loss) => sum + loss, 0) / steps,
      peakBytes: process.resourceUsage().maxRSS * 1024 - pixels.length - images.length,
    };
    console.log(JSON.stringify(answer));
  }
}

await main();
