/** npm run train -- cnn3x3 --data DIR --epochs 3 */
import { join } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { number, positiveInteger, runCli } from '../dsl/cli.ts';
import { AreographError } from '../dsl/errors.ts';
import { zoo } from '../dsl/zoo.ts';
import { readOptions } from '../export/options.ts';
import { anyNumber, classWeightsFlag, trainingCommand, trainingFlagPaths } from '../export/trainingFlags.ts';
import { devices } from '../runtime/session.ts';
import { augmentationPresetNames } from './augmentation/schema.ts';
import { locateDataset } from './data/locate.ts';
import { TaskBar } from './progressBar.ts';
import { readRunFile } from './runFile.ts';
import { monitors, runOptionsSchema } from './runOptions.ts';
import { runTraining } from './runTraining.ts';
import { scheduleNames } from './schedule.ts';
import { resumeRun, startRun } from './start.ts';

const defaults = runOptionsSchema.parse({});

const command = trainingCommand('train')
  .description('Trains a network on labelled images and exports the best weights as one ONNX file.')
  .argument(
    '[model]',
    `${Object.keys(zoo).join(', ')}, or a TypeScript file that exports a model (default: ${defaults.model})`,
  )
  .option('--config <file>', 'a .json file with options, or a .ts that exports them; other flags override it')
  .option(
    '--data <dir>',
    'images: the Mars layout or one folder per class (default: MSL_IMAGES, msl-images/, or drawings)',
  )
  .option('--epochs <n>', `passes over the training images (default: ${defaults.epochs})`, positiveInteger)
  .option(
    '--learning-rate <rate>',
    `step size, the largest of a schedule (default: ${defaults.learningRate})`,
    anyNumber,
  )
  .addOption(
    new Option(
      '--schedule <name>',
      `how the learning rate changes (default: ${defaults.schedule.name})`,
    ).choices(scheduleNames),
  )
  .option('--warmup-epochs <n>', 'in which the learning rate rises (default: 0)', anyNumber)
  .option(
    '--class-weights <weights>',
    'none, balanced (by the inverse of how many images they have), or a number for each: 1,2.5,... (default: none)',
    classWeightsFlag,
  )
  .option('--patience <epochs>', 'end so many epochs after the best one (default: 0, never)', anyNumber)
  .addOption(
    new Option(
      '--monitor <score>',
      `which score on val says what epoch is the best (default: ${defaults.monitor})`,
    ).choices(monitors),
  )
  .option(
    '--seed <n>',
    `decides every random number (default: ${defaults.seed})`,
    number(Number.isSafeInteger, 'an integer'),
  )
  .addOption(
    new Option(
      '--augment <preset>',
      'how the training images are varied, see preview-augmentation (default: none)',
    ).choices(augmentationPresetNames),
  )
  .addOption(
    new Option('--device <name>', 'where to compute (default: the best that is there)').choices(devices),
  )
  .option('--threads <n>', 'threads for one operator (default: one per core)', positiveInteger)
  .option('--autotune', 'time the algorithms of each convolution first, and take the fastest')
  .option('--init <file>', 'start from the weights of an earlier .safetensors or .onnx')
  .option('--out <dir>', 'folder of the run (default: runs/MODEL-TIME)')
  .option(
    '--checkpoint-every <seconds>',
    'besides after each epoch',
    number((value) => value >= 0, 'seconds'),
    60,
  )
  .option('--resume <run>', 'go on with a run that was stopped; it keeps its own options');

const flagPaths = {
  ...trainingFlagPaths,
  schedule: 'schedule.name',
  warmupEpochs: 'schedule.warmupEpochs',
  augment: 'augmentation',
};

async function main(): Promise<void> {
  command.parse();
  const { resume, checkpointEvery, out, config, ...flags } = command.opts();
  if (resume !== undefined) {
    requireAlone();
    await runTraining((onPrepare) => resumeRun(resume, onPrepare), checkpointEvery);
    return;
  }
  const [model] = command.processedArgs;
  const options = readOptions(runOptionsSchema, {
    flags: { model, ...flags },
    paths: flagPaths,
    file: config === undefined ? undefined : { name: config, options: await readRunFile(config) },
  });
  const bar = new TaskBar();
  const { directory } = await locateDataset({
    data: options.data,
    onDraw: (done, total) => bar.update('drawing images', done, total),
  });
  bar.stop();
  await runTraining(
    (onPrepare) =>
      startRun({ options, data: directory, out: out ?? defaultFolder(options.model) }, onPrepare),
    checkpointEvery,
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
