/** npm run bench:targets: how far losses of the same steps lie apart on every device, beside PyTorch's own spread. */
import { Command } from '@commander-js/extra-typings';
import { number, positiveInteger, runCli } from '../../dsl/cli.ts';
import { fromZoo } from '../../dsl/zoo.ts';
import { optimizerSchema } from '../../export/optimizers.ts';
import { withoutDropout } from '../../export/reference/cnn3x3.ts';
import { findPython } from '../../export/reference/python.ts';
import { askTorch, referenceSchema } from '../../export/reference/torch.ts';
import { deviceProblem, devices } from '../../runtime/session.ts';
import { type NoiseTraining, noiseLosses, openNoiseTraining, spread } from '../targetLosses.ts';

const momentum = 0.9;

const command = new Command('bench:targets')
  .description('Trains a model on noise with SGD on every device, and in PyTorch, and compares the losses.')
  .argument('[model]', 'of the zoo', 'cnn3x3')
  .option('--size <pixels>', 'height and width of the input', positiveInteger, 32)
  .option('--batch <n>', 'images in a step', positiveInteger, 4)
  .option('--steps <n>', 'steps', positiveInteger, 20)
  // Ten times as high, one max-pool window whose two largest elements differ by rounding alone comes to 13 %.
  .option(
    '--learning-rate <rate>',
    "SGD's",
    number((rate) => rate > 0, 'a positive number'),
    0.001,
  );

/** PyTorch against itself: what another number of threads, or other kernels, come to. */
const torchSettings = {
  'PyTorch, 1 thread': { threads: 1, oneDnn: true },
  'PyTorch, 2 threads': { threads: 2, oneDnn: true },
  'PyTorch, 1 thread, without oneDNN': { threads: 1, oneDnn: false },
} as const;

async function main(): Promise<void> {
  command.parse();
  const { size, batch, steps, learningRate } = command.opts();
  const [name] = command.processedArgs;
  const training: NoiseTraining = {
    model: withoutDropout(fromZoo(name, { size })),
    batch,
    steps,
    optimizer: optimizerSchema.parse({ name: 'sgd', momentum }),
    learningRate,
  };
  console.log(`${name}, ${size}x${size}, batch ${batch}, ${steps} steps of SGD at ${learningRate}`);
  console.log('largest relative difference of a loss from the CPU target, and the last loss:');
  const reference = await noiseLosses(training, await openNoiseTraining(training, 'cpu'));
  const report = (what: string, losses: readonly number[]) =>
    console.log(
      `${what.padEnd(36)} ${spread(reference, losses).toExponential(1)}  ${losses.at(-1)?.toFixed(5)}`,
    );
  report('cpu', reference);
  for (const device of devices.filter((each) => each !== 'cpu')) {
    const problem = await deviceProblem(device);
    if (problem !== undefined) console.log(`${device.padEnd(36)} does not start: ${problem}`);
    else report(device, await noiseLosses(training, await openNoiseTraining(training, device)));
  }
  const python = findPython('torch');
  if (python === undefined) {
    console.log('PyTorch: no Python with torch (Debian: apt-get install python3-torch)');
    return;
  }
  const runs = Object.entries(torchSettings).map(([what, computing]) => {
    const optimizers = { sgd: { name: 'sgd', lr: learningRate, momentum } } as const;
    const request = { batch, steps, samples: 1, optimizers, computing };
    const answer = referenceSchema.parse(askTorch(python, training.model, request));
    return [what, answer.runs['sgd']?.losses ?? []] as const;
  });
  for (const [what, losses] of runs) report(what, losses);
  const apart = runs.flatMap(([, one]) => runs.map(([, other]) => spread(one, other)));
  console.log(`${'PyTorch against itself, at most'.padEnd(36)} ${Math.max(...apart).toExponential(1)}`);
}

await runCli(main);
