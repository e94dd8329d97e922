/** What `npm run evaluate` keeps of a finished run, and the model card is written from. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { architectureSchema } from '../../dsl/architecture.ts';
import { AreographError } from '../../dsl/errors.ts';

/** Raised when a reader of older files would misread newer ones. */
export const evaluationFormat = 1;

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const interval = z.strictObject({ low: share, high: share });
const scores = z.strictObject({ loss: z.number(), accuracy: share });

/** Images by instrument; nothing for those whose names do not tell. */
const instruments = z.record(z.string(), count);

const splitFactsSchema = z.strictObject({
  images: count,
  /** Products of one exposure count once; an image whose name does not tell is an exposure of its own. */
  exposures: count,
  /** First and last Martian day; null if no name tells. */
  sols: z.strictObject({ first: count, last: count }).nullable(),
  instruments,
  /** In the order of the labels. */
  classes: z.array(z.strictObject({ images: count, exposures: count, instruments })),
});
export type SplitFacts = z.infer<typeof splitFactsSchema>;

const calibrationSchema = z.strictObject({
  temperature: z.number().positive(),
  nll: z.number(),
  brier: z.number(),
  ece: share,
  bins: z
    .array(z.strictObject({ images: count, confidence: share.nullable(), accuracy: share.nullable() }))
    .readonly(),
});

const splitScoresSchema = z.strictObject({
  accuracy: share,
  /** Mean F1 of the classes that the split has. */
  macroF1: share,
  balancedAccuracy: share,
  /** 95 %, percentiles of a bootstrap that draws exposures. */
  intervals: z.strictObject({ accuracy: interval, macroF1: interval }),
  calibration: z.strictObject({
    /** With the temperature of the file. */
    fitted: calibrationSchema,
    /** With a temperature of 1. */
    plain: calibrationSchema,
  }),
  coverage: z.strictObject({
    curve: z.array(z.strictObject({ confidence: share, coverage: share, accuracy: share })),
    /** Where only a confidence of 0.9 or more is an answer; null if no image has that. */
    at90: z.strictObject({ coverage: share, accuracy: share }).nullable(),
  }),
  /** In the order of the labels; null where there is nothing under the line. */
  classes: z
    .array(
      z.strictObject({
        support: count,
        precision: share.nullable(),
        recall: share.nullable(),
        f1: share.nullable(),
      }),
    )
    .readonly(),
  /** `[label][prediction]`: images. */
  confusion: z.array(z.array(count).readonly()).readonly(),
  instruments: z.record(z.string(), z.strictObject({ images: count, accuracy: share })),
  /**
   * In the order of the split: label, prediction, confidence, energy, and the position of its exposure among the
   * exposures of the split.
   */
  images: z.array(z.tuple([count, count, share, z.number(), count])),
});
export type SplitScores = z.infer<typeof splitScoresSchema>;

const separationSchema = z.strictObject({ auroc: share, fpr95: share });
const againstSchema = z.strictObject({ energy: separationSchema, confidence: separationSchema });

const outliersSchema = z.strictObject({
  name: z.string(),
  energies: z.array(z.number()),
  confidences: z.array(share),
  val: againstSchema,
  test: againstSchema,
  /** Share whose energy is over the file's threshold; null if it has none. */
  detected: share.nullable(),
});
export type Outliers = z.infer<typeof outliersSchema>;

export const evaluationSchema = z.strictObject({
  format: z.literal(evaluationFormat),
  /** The run's configuration, without paths of the machine. What is not named here differs between versions. */
  config: z.looseObject({
    data: z.strictObject({
      name: z.string(),
      fingerprint: z.string(),
      synthetic: z.boolean(),
      classes: z.array(z.string()).min(2),
    }),
    architecture: architectureSchema,
    epochs: count,
    seed: z.int(),
    environment: z.record(z.string(), z.string()),
  }),
  /** Of training: as trained, and on val. */
  epochs: z.array(
    z.strictObject({
      epoch: z.int(),
      train: scores,
      val: scores,
      imagesPerSecond: z.number(),
      seconds: z.number(),
    }),
  ),
  /** The epoch whose weights were exported. */
  bestEpoch: z.int(),
  /** The file that was measured. */
  model: z.strictObject({
    name: z.string(),
    sha256: z.string(),
    bytes: count,
    temperature: z.number().positive(),
    mirror: z.boolean(),
    energyThreshold: z.number().nullable(),
    provenance: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  /** Software and machine that measured. */
  environment: z.record(z.string(), z.string()),
  data: z.strictObject({ train: splitFactsSchema, val: splitFactsSchema, test: splitFactsSchema }),
  splits: z.strictObject({ val: splitScoresSchema, test: splitScoresSchema }),
  outOfDistribution: z.strictObject({
    /** Share of known images that are taken for others: energy over the file's threshold; null if it has none. */
    falselyDetected: z.strictObject({ val: share.nullable(), test: share.nullable() }),
    sets: z.array(outliersSchema),
  }),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** @throws AreographError 'run' if the file is no evaluation of this version */
export function readEvaluation(file: string): Evaluation {
  const refusal = (found: string, cause?: unknown) =>
    new AreographError(
      {
        code: 'run',
        where: file,
        expected: 'what `npm run evaluate` writes',
        found,
        next: 'Evaluate the run again, or move the file away.',
      },
      { cause },
    );
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : String(error), error);
  }
  const parsed = evaluationSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw refusal(z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '));
}
