/** Options from files and flags: who overrides whom, and how a wrong one is named. */
import { describe, expect, it } from 'vitest';
import { AreographError, type Problem } from '../dsl/errors.ts';
import { type OptionSources, readOptions } from './options.ts';
import { trainingFlagPaths } from './trainingFlags.ts';
import { trainingOptionsSchema } from './trainingOptions.ts';

type Flags = OptionSources['flags'];

function read(flags: Flags, file?: Readonly<Record<string, unknown>>) {
  return readOptions(trainingOptionsSchema, {
    flags,
    paths: trainingFlagPaths,
    file: file && { name: 'run.json', options: file },
  });
}

function problemOf(flags: Flags, file?: Readonly<Record<string, unknown>>): Problem {
  try {
    read(flags, file);
  } catch (error) {
    if (error instanceof AreographError) return error.problem;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('options', () => {
  it('have defaults', () => {
    expect(read({})).toEqual({
      batch: 32,
      optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      loss: { labelSmoothing: 0, focalGamma: 0, classWeights: 'none' },
      clipNorm: 0,
      mixup: 0,
      ema: 0,
      algorithms: {},
    });
  });

  it('are overridden by flags, one by one', () => {
    const file = { clipNorm: 1, loss: { labelSmoothing: 0.1, focalGamma: 2 } };
    expect(read({ focalGamma: 0, batch: undefined }, file)).toMatchObject({
      batch: 32,
      clipNorm: 1,
      loss: { labelSmoothing: 0.1, focalGamma: 0 },
    });
  });

  it('of a variant stay with it when a flag names another', () => {
    const file = { optimizer: { name: 'sgd', momentum: 0.5 } };
    expect(read({ weightDecay: 0.1, optimizer: 'sgd' }, file).optimizer).toMatchObject({
      momentum: 0.5,
      weightDecay: 0.1,
    });
    expect(read({ weightDecay: 0.1, optimizer: 'adamw' }, file).optimizer).toEqual({
      name: 'adamw',
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.1,
    });
  });

  it('of a section without a name go to the variant that a flag names', () => {
    const file = { optimizer: { beta1: 0.8 } };
    expect(read({ optimizer: 'adam' }, file).optimizer).toMatchObject({ name: 'adam', beta1: 0.8 });
    expect(read({ optimizer: 'adamw' }, file).optimizer).toMatchObject({ name: 'adamw', beta1: 0.8 });
  });

  it.each<[string, Problem, Flags, Readonly<Record<string, unknown>>?]>([
    [
      'a misspelt field of a file',
      {
        code: 'option',
        where: 'optimizer.momentun in run.json',
        expected: 'one of momentum, nesterov, weightDecay beside sgd',
        found: 'momentun',
        next: 'Did you mean momentum?',
      },
      {},
      { optimizer: { name: 'sgd', momentun: 0.8 } },
    ],
    [
      'a misspelt name of a variant',
      {
        code: 'option',
        where: 'optimizer.name in run.json',
        expected: 'one of sgd, adam, adamw',
        found: 'adamv',
        next: 'Did you mean adam?',
      },
      {},
      { optimizer: { name: 'adamv' } },
    ],
    [
      'a flag of another variant, with nothing near it',
      {
        code: 'option',
        where: '--weight-decay',
        expected: 'one of beta1, beta2, epsilon beside adam',
        found: 'weightDecay',
        next: 'Correct it, or leave it out.',
      },
      { weightDecay: 0.1 },
    ],
    [
      'an option of a section without a name that the variant of a flag does not have',
      {
        code: 'option',
        where: 'optimizer.beta1 in run.json',
        expected: 'one of momentum, nesterov, weightDecay beside sgd',
        found: 'beta1',
        next: 'Correct it, or leave it out.',
      },
      { optimizer: 'sgd' },
      { optimizer: { beta1: 0.8 } },
    ],
    [
      "Nesterov's momentum without any",
      {
        code: 'option',
        where: '--nesterov',
        expected: 'a momentum over 0 beside it',
        found: 'true',
        next: 'Correct it, or leave it out.',
      },
      { nesterov: true },
      { optimizer: { name: 'sgd', momentum: 0 } },
    ],
    [
      'a number out of its range',
      {
        code: 'option',
        where: '--ema',
        expected: 'a number under 1',
        found: '1',
        next: 'Correct it, or leave it out.',
      },
      { ema: 1 },
      { clipNorm: 2 },
    ],
    [
      'one of several numbers',
      {
        code: 'option',
        where: '--class-weights',
        expected: 'a number over 0',
        found: '-1',
        next: 'Correct it, or leave it out.',
      },
      { classWeights: [1, -1] },
    ],
    [
      'a section that is none',
      {
        code: 'option',
        where: 'loss in run.json',
        expected: 'settings in { }',
        found: '3',
        next: 'Correct it, or leave it out.',
      },
      {},
      { loss: 3 },
    ],
  ])('are refused: %s', (_, problem, flags, file) => {
    expect(problemOf(flags, file)).toEqual(problem);
  });
});
