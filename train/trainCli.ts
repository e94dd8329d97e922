/** npm run train -- cnn3x3 --data DIR --epochs 3 */
import { join } from 'node:path';
import { Command, Option } from '@commander-js/extra-typings';
import { number, positiveInteger, runCli } from '../dsl/cli.ts';
import { AreographError } from '../dsl/errors.ts';
import { zoo } from '../dsl/zoo.ts';
import { optimizerNames, optimizerSchema } from '../export/optimizers.ts';
import { devices } from '../runtime/session.ts';
import { augmentationPresetNames, augmentationPresets } from './augmentation/schema.ts';
import { locateDataset } from './data/locate.ts';
import { TaskBar } from './progressBar.ts';
import { runTraining } from './runTraining.ts';
import { resumeRun, startRun } from './start.ts';

const command = new Command('train')
  .description('Trains a network on labelled images and exports the best weights as one ONNX file.')
  .argument('[model]', `${Object.keys(zoo).join(', ')}, or a TypeScript file that exports a model`, 'cnn3x3')
  .option(
    '--data <dir>',
    'images: the Mars layout or one folder per class (default: MSL_IMAGES, msl-images/, or drawings)',
  )
  .option('--epochs <n>', 'passes over the training images', positiveInteger, 10)
  .option('--batch <n>', 'images in a step', positiveInteger, 32)
  .option('--size <pixels>', 'height and width of the input (default: 128)', positiveInteger)
  .addOption(
    new Option('--optimizer <name>', 'how weights are updated')
      .choices(optimizerNames)
      .default('adam' as const),
  )
  .option(
    '--learning-rate <rate>',
    'step size',
    number((value) => value > 0 && value <= 1000, 'a number over 0, up to 1000'),
    0.001,
  )
  .addOption(
    new Option('--augment <preset>', 'how the training images are varied, see preview-augmentation')
      .choices(augmentationPresetNames)
      .default('none' as const),
  )
  .option('--seed <n>', 'decides every random number', number(Number.isSafeInteger, 'an integer'), 1)
  .addOption(
    new Option('--device <name>', 'where to compute (default: the best that is there)').choices(devices),
  )
  .option('--threads <n>', 'threads for one operator (default: one per core)', positiveInteger)
  .option('--init <file>', 'start from the weights of an earlier .safetensors or .onnx')
  .option('--out <dir>', 'folder of the run (default: runs/MODEL-TIME)')
  .option(
    '--checkpoint-every <seconds>',
    'besides after each epoch',
    number((value) => value >= 0, 'seconds'),
    60,
  )
  .option('--resume <run>', 'go on with a run that was stopped; it keeps its own options');

async function main(): Promise<void> {
  command.parse();
  const options = command.opts();
  const { resume } = options;
  if (resume !== undefined) {
    requireAlone();
    await runTraining((onDecode) => resumeRun(resume, onDecode), options.checkpointEvery);
    return;
  }
  const [model] = command.processedArgs;
  const bar = new TaskBar();
  const { directory } = await locateDataset({
    data: options.data,
    onDraw: (done, total) => bar.update('drawing images', done, total),
  });
  bar.stop();
  await runTraining(
    (onDecode) =>
      startRun(
        {
          model,
          data: directory,
          out: options.out ?? defaultFolder(model),
          size: options.size,
          epochs: options.epochs,
          batch: options.batch,
          optimizer: optimizerSchema.parse({ name: options.optimizer }),
          learningRate: options.learningRate,
          augmentation: augmentationPresets[options.augment],
          seed: options.seed,
          device: options.device,
          threads: options.threads,
          init: options.init,
        },
        onDecode,
      ),
    options.checkpointEvery,
  );
}

/** A resumed run ends in the same bits as an uninterrupted one, so none of its options can change. */
function requireAlone(): void {
  const others = command.options
    .map((option) => option.attributeName())
    .filter(
      (name) =>
        name !== 'resume' && name !== 'checkpointEvery' && command.getOptionValueSource(name) === 'cli',
    );
  if (others.length === 0 && command.args.length === 0) return;
  throw new AreographError({
    code: 'option',
    where: '--resume',
    expected: 'no other option: the run keeps those that it began with',
    found: [...command.args, ...others.map((name) => `--${name}`)].join(' '),
    next: 'Leave them out, or begin a new run with --init on the checkpoint.',
  });
}

function defaultFolder(model: string): string {
  const name = model.replace(/^.*[\\/]/, '').replace(/\.\w+$/, '');
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  return join('runs', `${name}-${time}`);
}

await runCli(main);
