/** For tests: a study's results as they could be, with about as many images of each class as the Mars images have; nothing was trained. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { type Architecture, toArchitecture } from '../../../dsl/architecture.ts';
import { summarize } from '../../../dsl/summary.ts';
import { zoo } from '../../../dsl/zoo.ts';
import { stream } from '../../../export/random.ts';
import { bySplit, type Split } from '../../data/listing.ts';
import type { Network } from '../../experiments/network.ts';
import { type DatasetRecord, type Result, resultFormat, type StudyRecord } from '../../experiments/result.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';

/** Images in train, val and test of each class. */
const counts: Readonly<Record<string, Readonly<Record<Split, number>>>> = {
  apxs: { train: 30, val: 16, test: 34 },
  'apxs cal target': { train: 6, val: 4, test: 14 },
  'chemcam cal target': { train: 15, val: 45, test: 21 },
  'chemin inlet open': { train: 47, val: 20, test: 84 },
  drill: { train: 19, val: 0, test: 20 },
  'drill holes': { train: 36, val: 470, test: 0 },
  'drt front': { train: 4, val: 2, test: 60 },
  'drt side': { train: 8, val: 4, test: 150 },
  ground: { train: 2343, val: 87, test: 254 },
  horizon: { train: 224, val: 75, test: 72 },
  inlet: { train: 165, val: 96, test: 16 },
  mahli: { train: 14, val: 0, test: 12 },
  'mahli cal target': { train: 32, val: 28, test: 57 },
  mastcam: { train: 36, val: 0, test: 32 },
  'mastcam cal target': { train: 101, val: 4, test: 48 },
  'observation tray': { train: 85, val: 14, test: 12 },
  'portion box': { train: 18, val: 20, test: 48 },
  'portion tube': { train: 73, val: 55, test: 9 },
  'portion tube opening': { train: 8, val: 12, test: 2 },
  'rems uv sensor': { train: 12, val: 20, test: 36 },
  'rover rear deck': { train: 57, val: 0, test: 14 },
  scoop: { train: 166, val: 24, test: 10 },
  turret: { train: 178, val: 15, test: 0 },
  wheel: { train: 69, val: 629, test: 300 },
};

export const fakeDataset: DatasetRecord = {
  name: 'made up',
  fingerprint: 'f'.repeat(64),
  synthetic: false,
  classes: Object.keys(counts),
  splits: bySplit((split) => {
    const labels = Object.values(counts).flatMap((images, label) =>
      new Array<number>(images[split]).fill(label),
    );
    return { labels, sols: labels.map((_, image) => Math.floor(image / 7)) };
  }),
};

interface Variant {
  readonly network: Network;
  readonly architecture: Architecture;
  readonly parameters: number;
  readonly flops: number;
  /** Share that is called right. */
  readonly skill: Readonly<Record<Split, number>>;
}

function variant(name: keyof typeof zoo, network: Network, val: number, test: number): Variant {
  const model = zoo[name]({ size: 64 });
  const { parameters, flops } = summarize(model);
  const skill = { train: 0.9 + val / 10, val, test };
  return { network, architecture: toArchitecture(model), parameters, flops, skill };
}

const conv = {
  family: 'conv',
  blocks: 4,
  width: 32,
  padding: 'same',
  batchNorm: true,
  downsampling: 'max-pool',
} as const;

const variants: Readonly<Record<string, Variant>> = {
  baseline: variant('baseline', { family: 'dense' }, 0.3, 0.24),
  cnn3x3: variant('cnn3x3', { ...conv, kernel: 3 }, 0.52, 0.43),
  cnn5x5: variant('cnn5x5', { ...conv, kernel: 5 }, 0.5, 0.44),
  cnn7x7: variant('cnn7x7', { ...conv, kernel: 7 }, 0.46, 0.4),
  cnn3to5: variant('cnn3to5', { ...conv, kernel: [3, 3, 5, 5] }, 0.53, 0.42),
};

/** `baseline` and the four kernels, with an experiment for each question; every variant declared, 3 seeds each. */
export const fakeStudy: StudyRecord = {
  format: resultFormat,
  name: 'made-up',
  title: 'A made-up study',
  variants: Object.fromEntries(
    Object.entries(variants).map(([name, { network, architecture, parameters, flops }]) => [
      name,
      { network, options: {}, architecture, parameters, flops },
    ]),
  ),
  experiments: [
    {
      name: 'baseline',
      factor: 'network.family',
      question: 'Does convolution beat dense layers?',
      variants: ['baseline', 'cnn3x3'],
      seeds: [1, 2, 3],
    },
    {
      name: 'kernel',
      factor: 'network.kernel',
      question: 'Which kernel size?',
      variants: ['cnn3x3', 'cnn5x5', 'cnn7x7', 'cnn3to5'],
      seeds: [1, 2, 3],
    },
  ],
};

function predictions(split: Split, skill: number, random: RandomGenerator): number[] {
  const { labels } = fakeDataset.splits[split];
  const learnt = fakeDataset.splits.train.labels;
  return labels.map((label) =>
    uniformFloat64(random) < skill
      ? label
      : (learnt[Math.floor(uniformFloat64(random) * learnt.length)] ?? 0),
  );
}

function result(name: string, seed: number): Result | undefined {
  const made = variants[name];
  if (made === undefined) return undefined;
  const { skill, network, architecture, parameters, flops } = made;
  const random = stream(seed, name);
  const luck = 0.06 * (uniformFloat64(random) - 0.5);
  const epochs = 12;
  return {
    format: resultFormat,
    variant: name,
    seed,
    network,
    options: {},
    architecture,
    fingerprint: fakeDataset.fingerprint,
    graph: 'a'.repeat(64),
    preprocessing: 'b'.repeat(64),
    device: 'cpu',
    threads: 2,
    environment: { node: '20.15.0' },
    finished: '2030-01-01T00:00:00.000Z',
    parameters,
    flops,
    epochs: Array.from({ length: epochs }, (_, index) => {
      const learnt = 1 - Math.exp(-(index + 1) / 3);
      const swing = 0.12 * (uniformFloat64(random) - 0.5);
      return {
        epoch: index + 1,
        train: { loss: 3 * (1 - learnt) + 0.05, accuracy: skill.train * learnt },
        val: {
          loss: 3 - 1.5 * learnt + index / 8 + 4 * swing,
          accuracy: (skill.val + luck) * learnt + swing / 2,
        },
        imagesPerSecond: 300,
        seconds: 12,
      };
    }),
    bestEpoch: 5 + seed,
    splits: bySplit((split) => ({
      loss: 1,
      predictions: predictions(split, skill[split] + (split === 'train' ? 0 : luck), random),
    })),
    shifts: [],
  };
}

/** All runs finished. */
export const fakeResults: StudyResults = {
  dataset: fakeDataset,
  study: fakeStudy,
  results: Object.keys(variants).flatMap((name) => [1, 2, 3].flatMap((seed) => result(name, seed) ?? [])),
};
