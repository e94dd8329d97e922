/** How far the copies of a training image may differ from it. */
import { z } from 'zod';

const fraction = z.number().min(0).max(1);

/** The smallest and the largest of factors, where they do not lie evenly about 1. */
const range = (lowest: number) =>
  z.tuple([z.number().min(lowest), z.number().max(5)]).refine(([low, high]) => low <= high, {
    error: 'expected the smaller factor first',
  });
/** As torchvision's ColorJitter takes it: s for factors of 1 - s to 1 + s, or the smallest and the largest. */
const colourFactor = z.union([fraction, range(0)]);
export type ColourFactor = z.infer<typeof colourFactor>;

/**
 * Settings of data augmentation; 0 switches an operation off. What is left out has a value that suits photographs
 * whose subjects have an up and a down: the preset `light`.
 */
export const augmentationSchema = z.strictObject({
  /** Probability that left and right change places. */
  horizontalFlip: fraction.default(0.5),
  /** Probability that top and bottom change places. */
  verticalFlip: fraction.default(0),
  /** Largest shift in each direction, in heights and widths of the image. What comes in is its mirror image. */
  shift: fraction.default(0.1),
  /** Largest rotation either way, in degrees. */
  rotation: z.number().min(0).max(180).default(10),
  /**
   * Largest enlargement s: the image is scaled by 1 / (1 + s) to 1 + s, smaller and larger equally often. Or the smallest
   * and the largest factor, [1, 1.6] to enlarge only: evenly on a logarithmic scale.
   */
  scale: z.union([z.number().min(0).max(4), range(0.2)]).default(0.15),
  /** Largest stretch a: width over height is multiplied by 1 / (1 + a) to 1 + a, narrower and wider equally often. */
  aspect: z.number().min(0).max(4).default(0),
  /** Brightness, contrast and saturation are multiplied by 1 - s to 1 + s, or by the smallest to the largest factor. */
  brightness: colourFactor.default(0.2),
  contrast: colourFactor.default(0.2),
  saturation: colourFactor.default(0.2),
  /** Largest turn of the hue either way, as a fraction of the colour circle. */
  hue: z.number().min(0).max(0.5).default(0),
  /** Probability that the image loses its colours: cameras differ in them. */
  grayscale: fraction.default(0),
  /** Red, green and blue are multiplied by 1 - g to 1 + g, each by a factor of its own: another white balance. */
  channelGain: fraction.default(0),
  /** Edge of a square that is painted over, as a fraction of the image's shorter edge. */
  cutout: fraction.default(0),
});
export type AugmentationSettings = z.infer<typeof augmentationSchema>;

export const augmentationPresets = {
  none: augmentationSchema.parse({
    horizontalFlip: 0,
    shift: 0,
    rotation: 0,
    scale: 0,
    brightness: 0,
    contrast: 0,
    saturation: 0,
  }),
  light: augmentationSchema.parse({}),
  strong: augmentationSchema.parse({
    shift: 0.15,
    rotation: 20,
    scale: 0.3,
    brightness: 0.3,
    contrast: 0.3,
    saturation: 0.4,
    hue: 0.02,
    cutout: 0.35,
  }),
} as const;
export type AugmentationPreset = keyof typeof augmentationPresets;

export const augmentationPresetNames = ['none', 'light', 'strong'] as const satisfies AugmentationPreset[];
