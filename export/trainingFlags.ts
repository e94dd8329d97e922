/** The flags for what decides a training graph, shared by the commands that train and that compile. */
import { Command, Option } from '@commander-js/extra-typings';
import { number, positiveInteger } from '../dsl/cli.ts';
import { optimizerNames } from './optimizers.ts';
import type { FlagPaths } from './options.ts';
import { trainingOptionsSchema } from './trainingOptions.ts';

/** Whether a number is in its range is the schema's business. */
export const anyNumber = number(Number.isFinite, 'a number');

const defaults = trainingOptionsSchema.parse({});

/** A command with these flags; none has a default, so that what was given can be told from what was not. */
export function trainingCommand(name: string) {
  return new Command(name)
    .option('--size <pixels>', 'height and width of the input (default: 128)', positiveInteger)
    .option('--batch <n>', `images in a step (default: ${defaults.batch})`, positiveInteger)
    .addOption(
      new Option(
        '--optimizer <name>',
        `how weights are updated (default: ${defaults.optimizer.name})`,
      ).choices(optimizerNames),
    )
    .option('--momentum <share>', 'of sgd (default: 0.9)', anyNumber)
    .option('--nesterov', "Nesterov's form of sgd's momentum")
    .option(
      '--weight-decay <rate>',
      'of sgd (default: 0) and adamw (default: 0.01), of weights alone',
      anyNumber,
    )
    .option('--clip-norm <norm>', 'largest global norm of the gradients (default: no limit)', anyNumber)
    .option('--label-smoothing <share>', 'of each label, spread over all classes (default: 0)', anyNumber)
    .option(
      '--focal-gamma <gamma>',
      'focal loss: weighs what is still wrong more (default: 0, off)',
      anyNumber,
    )
    .option(
      '--mixup <alpha>',
      'mix images and labels in pairs, with shares of Beta(alpha, alpha) (default: 0, off)',
      anyNumber,
    )
    .option(
      '--ema <decay>',
      'evaluate and export a moving average of the weights (default: 0, off; such as 0.999)',
      anyNumber,
    );
}

export const trainingFlagPaths = {
  optimizer: 'optimizer.name',
  momentum: 'optimizer.momentum',
  nesterov: 'optimizer.nesterov',
  weightDecay: 'optimizer.weightDecay',
  labelSmoothing: 'loss.labelSmoothing',
  focalGamma: 'loss.focalGamma',
  classWeights: 'loss.classWeights',
} as const satisfies FlagPaths;

/** A word, or numbers divided by commas. */
export function classWeightsFlag(text: string): string | number[] {
  return text.includes(',') ? text.split(',').map(anyNumber) : text;
}
