/** `eda.json`: all numbers of the report, which is written from them alone. */
import { z } from 'zod';
import { MARS_INSTRUMENTS } from '../data/marsName.ts';

const count = z.int().min(0);
const split = z.enum(['train', 'val', 'test']);

function perSplit<T extends z.ZodType>(schema: T) {
  return z.strictObject({ train: schema, val: schema, test: schema });
}

const counts = perSplit(count);
export type Counts = z.infer<typeof counts>;

/** Of numbers, one for each image. */
const summary = z.strictObject({
  images: count.min(1),
  least: z.number(),
  median: z.number(),
  mean: z.number(),
  /** Sample standard deviation; null for a single image. */
  sd: z.number().nullable(),
  most: z.number(),
});
export type Summary = z.infer<typeof summary>;

/** Images in each bin; a bin has its lower edge, not its upper one, the last one both. */
const histogram = z.strictObject({
  /** Edges, one more than there are bins. */
  edges: z.array(z.number()).min(2),
  counts: perSplit(z.array(count)),
});
export type Histogram = z.infer<typeof histogram>;

/** Over images, of means over their pixels. */
const appearance = z.strictObject({
  /** Mean luma (BT.709) of the sRGB values, 0 to 255. */
  brightness: summary,
  /** Standard deviation of the luma within an image. */
  contrast: summary,
  /** HSV saturation, 0 to 1. */
  saturation: summary,
});
export type Appearance = z.infer<typeof appearance>;

const labelledFile = z.strictObject({ file: z.string(), split, class: z.string() });
export type LabelledFile = z.infer<typeof labelledFile>;

/** Two images that show the same: of one exposure, or with hashes that differ in few bits, or both. */
const similarPair = z.strictObject({
  /** Of their hashes, in bits. */
  distance: count,
  sameExposure: z.boolean(),
  first: labelledFile,
  second: labelledFile,
});
export type SimilarPair = z.infer<typeof similarPair>;

/** Two splits, the earlier one first; within a split twice the same. */
const splitPair = z.strictObject({ first: split, second: split });

export const edaSchema = z.strictObject({
  format: z.literal(1),
  dataset: z.strictObject({
    name: z.string(),
    fingerprint: z.string(),
    synthetic: z.boolean(),
    images: counts,
  }),
  /** Images that cannot be read. They count in `dataset` and `classes`, and nowhere else. */
  unreadable: z.array(labelledFile.extend({ reason: z.string() })),
  /** In the order of the labels. */
  classes: z.array(z.strictObject({ name: z.string(), images: counts })).min(2),
  /** What always answering the most frequent class of train scores. */
  majority: z.strictObject({ class: z.string(), accuracy: perSplit(z.number()) }),
  files: z.strictObject({
    /** The most frequent first. */
    dimensions: z.array(z.strictObject({ width: count, height: count, images: counts })),
    width: summary,
    height: summary,
    bytes: perSplit(summary),
    kilobytes: histogram,
    /** As the files have them: 1 is grey, 3 is colour. */
    channels: z.array(z.strictObject({ channels: count, images: counts })),
    /** Of three channels or more, equal in all pixels. */
    greyInColour: counts,
  }),
  /** What the files' names tell; null if none follows a convention that is known. */
  names: z
    .strictObject({
      /** Whose names tell nothing. */
      unnamed: count,
      sols: perSplit(z.strictObject({ first: count, last: count, days: count }).nullable()),
      sharedSols: z.array(splitPair.extend({ days: count })),
      solHistogram: histogram,
      instruments: z.array(
        z.strictObject({ instrument: z.enum(Object.values(MARS_INSTRUMENTS)), images: counts }),
      ),
      exposures: z.strictObject({
        /** Different exposures. */
        number: count,
        /** Those of which there are several images, and how many images these are. */
        repeated: count,
        repeatedImages: count,
        /** Repeated ones with images in more than one split. */
        acrossSplits: count,
      }),
    })
    .nullable(),
  appearance: z.strictObject({
    splits: perSplit(appearance),
    /** Null where a split has no image of the class. */
    classes: z.array(z.strictObject({ name: z.string(), splits: perSplit(appearance.nullable()) })),
    brightness: histogram,
    saturation: histogram,
    /** Of each channel's pixel values, 0 to 255, red first; each image counts the same, whatever its size. */
    channels: perSplit(
      z.strictObject({ mean: z.array(z.number()).length(3), sd: z.array(z.number()).length(3) }),
    ),
  }),
  duplicates: z.strictObject({
    /** Bits in which two hashes may differ at most, of 64. */
    threshold: count,
    /** Pairs at each distance that any pair has, and whether they are of one exposure. */
    distances: z.array(z.strictObject({ distance: count, sameExposure: count, others: count })),
    /** Near-duplicates within and across splits: of one exposure, or similar, which is up to the threshold, or both. */
    pairs: z.array(splitPair.extend({ pairs: count, sameExposure: count, similar: count })),
    /** Images that have a near-duplicate in their own split. */
    withinSplit: counts,
    /** Of each image with near-duplicates in an earlier split: the one of its exposure, else the nearest. */
    acrossSplits: z.array(similarPair),
    /** Near-duplicates with different labels: of one exposure first, then the nearest first. */
    conflicts: z.array(similarPair),
  }),
  /** How the second split differs from the first. */
  shift: z.array(
    splitPair.extend({
      classes: z.strictObject({ totalVariation: z.number(), jensenShannon: z.number() }),
      instruments: z.strictObject({ totalVariation: z.number(), jensenShannon: z.number() }).nullable(),
      brightness: z.strictObject({ kolmogorovSmirnov: z.number(), wasserstein: z.number() }),
      saturation: z.strictObject({ kolmogorovSmirnov: z.number(), wasserstein: z.number() }),
    }),
  ),
});
export type Eda = z.infer<typeof edaSchema>;
