/** For tests: what `npm run evaluate` could keep of a run; nothing was trained. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { toArchitecture } from '../../../dsl/architecture.ts';
import { zoo } from '../../../dsl/zoo.ts';
import { stream } from '../../../export/random.ts';
import type { Example } from '../../data/dataset.ts';
import { bySplit, type Split } from '../../data/listing.ts';
import type { Answers } from '../../evaluate/answers.ts';
import { type Evaluation, evaluationFormat } from '../../evaluate/evaluation.ts';
import { outOfDistribution } from '../../evaluate/outOfDistribution.ts';
import { scoreSplit } from '../../evaluate/scoreSplit.ts';
import { splitFacts } from '../../evaluate/splitFacts.ts';
import { publishedOn } from '../published.ts';

export const classes = ['ground', 'wheel', 'drill holes', 'drt side'];

/** Images of each class. Two of them always are of one exposure. */
const counts: Readonly<Record<Split, readonly number[]>> = {
  train: [120, 40, 30, 4],
  val: [20, 60, 20, 0],
  test: [40, 30, 0, 30],
};

/** `drt side` is by MAHLI in test alone, all else by Mastcam. */
const examples = bySplit((split): Example[] =>
  counts[split].flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => {
      const exposure = `${{ train: '0100', val: '0300', test: '0900' }[split]}${split === 'test' && label === 3 ? 'MH' : 'ML'}`;
      const number = `${label}${Math.floor(i / 2)}`.padStart(16, '0');
      return { file: `/images/${exposure}${number}${i % 2 ? 'E' : 'I'}01_DRCL.JPG`, label };
    }),
  ),
);

export interface Fake {
  readonly seed: number;
  /** Share of each split that is called right; the others are called ground. */
  readonly skill: Readonly<Record<'val' | 'test', number>>;
  readonly temperature?: number;
  readonly energyThreshold?: number | null;
  /** Laid over the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly fingerprint?: string;
  /** Whether pictures of the sun were there. */
  readonly sun?: boolean;
}

export function fakeEvaluation({
  seed,
  skill,
  temperature = 1.5,
  energyThreshold = -2,
  config = {},
  fingerprint = publishedOn,
  sun = true,
}: Fake): Evaluation {
  const answersOn = (split: 'val' | 'test'): Answers => {
    const random = stream(seed, split);
    const rows = examples[split].map(({ label }, image) => {
      const right = image % 100 < 100 * skill[split];
      return row(right ? label : 0, 0.4 + 0.6 * uniformFloat64(random));
    });
    return { probabilities: rows, energies: rows.map(() => -3 - 2 * uniformFloat64(random)) };
  };
  const known = { val: answersOn('val'), test: answersOn('test') };
  const others = (count: number): Answers => ({
    probabilities: Array.from({ length: count }, () => row(0, 0.3)),
    energies: Array.from({ length: count }, (_, i) => -4 + (3 * i) / count),
  });
  const score = (split: 'val' | 'test') =>
    scoreSplit(examples[split], known[split], classes.length, temperature);
  return {
    format: evaluationFormat,
    config: {
      data: { name: 'made up', fingerprint, synthetic: false, classes: [...classes] },
      architecture: toArchitecture(zoo.cnn3x3({ size: 32, classes: classes.length })),
      epochs: 2,
      learningRate: 0.002,
      loss: { labelSmoothing: 0.1 },
      selfTraining: { after: 0, confidence: 0.7 },
      init: null,
      seed,
      environment: { processor: '2 x made up', onnxruntime: '1.30.0' },
      ...config,
    },
    epochs: [1, 2].map((epoch) => ({
      epoch,
      train: { loss: 1, accuracy: 0.8 },
      val: { loss: 1, accuracy: 0.5 },
      imagesPerSecond: 100,
      seconds: 30,
    })),
    bestEpoch: 2,
    model: {
      name: 'made-up-net',
      sha256: `${seed}`.repeat(64).slice(0, 64),
      bytes: 3_210_000,
      temperature,
      mirror: true,
      energyThreshold,
      provenance: {},
    },
    environment: {},
    data: bySplit((split) => splitFacts(examples[split], classes.length)),
    splits: { val: score('val'), test: score('test') },
    outOfDistribution: outOfDistribution(
      known,
      [...(sun ? [['sun', others(21)] as const] : []), ['patterns', others(50)]],
      energyThreshold ?? undefined,
    ),
  };
}

/** Probabilities that give a class so much, and the others the rest. */
function row(label: number, confidence: number): Float32Array {
  const rest = (1 - confidence) / (classes.length - 1);
  return Float32Array.from(classes, (_, index) => (index === label ? Math.max(confidence, 0.3) : rest));
}
