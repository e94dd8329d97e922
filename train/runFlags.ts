/** The flags of the train command, and which option of a run each sets. */
import { Option } from '@commander-js/extra-typings';
import { number, positiveInteger } from '../dsl/cli.ts';
import { zoo } from '../dsl/zoo.ts';
import { type FlagPaths, type OptionSources, readOptions } from '../export/options.ts';
import { anyNumber, classWeightsFlag, trainingCommand, trainingFlagPaths } from '../export/trainingFlags.ts';
import { devices } from '../runtime/session.ts';
import { augmentationPresetNames } from './augmentation/schema.ts';
import { readRunFile } from './runFile.ts';
import { defaultLearningRates, monitors, type RunOptions, runOptionsSchema } from './runOptions.ts';
import { scheduleNames } from './schedule.ts';

const defaults = runOptionsSchema.parse({});
const shownRates = Object.entries(defaultLearningRates)
  .map(([optimizer, rate]) => `${rate} for ${optimizer}`)
  .join(', ');

/** The train command; none of what a file can say has a default, so that what was given can be told from what was not. */
export function runCommand() {
  return trainingCommand('train')
    .description('Trains a network on labelled images and exports the best weights as one ONNX file.')
    .argument(
      '[model]',
      `${Object.keys(zoo).join(', ')}, or a TypeScript file that exports a model (default: ${defaults.model})`,
    )
    .option(
      '--config <file>',
      'a .json file with options, or a .ts that exports them; other flags override it',
    )
    .option(
      '--data <dir>',
      'images: the Mars layout or one folder per class (default: MSL_IMAGES, msl-images/, or drawings)',
    )
    .option('--epochs <n>', `passes over the training images (default: ${defaults.epochs})`, positiveInteger)
    .option(
      '--learning-rate <rate>',
      `step size, the largest of a schedule (default: ${shownRates})`,
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
    .option('--no-autotune', 'although the file says so')
    .option('--no-nesterov', 'although the file says so')
    .option('--init <file>', 'start from the weights of an earlier .safetensors or .onnx')
    .option('--out <dir>', 'folder of the run (default: runs/MODEL-TIME)')
    .option(
      '--checkpoint-every <seconds>',
      'besides after each epoch',
      number((value) => value >= 0, 'seconds'),
      60,
    )
    .option('--resume <run>', 'go on with a run that was stopped; it keeps its own options');
}

/** What a parsed train command and the file that it names ask for; with what set each option. */
export async function readRunCommand(
  command: ReturnType<typeof runCommand>,
): Promise<{ readonly options: RunOptions; readonly sources: OptionSources }> {
  const { resume, checkpointEvery, out, config, ...flags } = command.opts();
  const [model] = command.processedArgs;
  const sources: OptionSources = {
    flags: { model, ...flags },
    paths: flagPaths,
    file: config === undefined ? undefined : { name: config, options: await readRunFile(config) },
  };
  return { options: readOptions(runOptionsSchema, sources), sources };
}

const flagPaths = {
  ...trainingFlagPaths,
  schedule: 'schedule.name',
  warmupEpochs: 'schedule.warmupEpochs',
  augment: 'augmentation',
} as const satisfies FlagPaths;
