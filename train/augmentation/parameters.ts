/** What happens to one image, drawn from the settings. */
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { fillUniform } from '../../export/random.ts';
import type { Geometry } from './affine.ts';
import type { ColourChange } from './colour.ts';
import type { Square } from './cutout.ts';
import type { AugmentationSettings, ColourFactor } from './schema.ts';

export interface Augmentation {
  readonly geometry: Geometry;
  /** Place of a crop, each from 0 at the first that it can have to 1, short of the last. */
  readonly window: { readonly left: number; readonly top: number };
  readonly colour: ColourChange;
  readonly cutout: Square;
}

/**
 * One image's augmentation. The same count of numbers is drawn whatever the settings are, so that changing one of
 * them leaves the others' draws as they were.
 */
export function drawAugmentation(settings: AugmentationSettings, random: RandomGenerator): Augmentation {
  const numbers = new Float32Array(19);
  fillUniform(random, numbers);
  const [flipX = 0, flipY = 0, right = 0, down = 0, rotation = 0, scale = 0, ...others] = numbers;
  const [brightness = 0, contrast = 0, saturation = 0, hue = 0, x = 0, y = 0, ...more] = others;
  const [aspect = 0, grayscale = 0, red = 0, green = 0, blue = 0, left = 0, top = 0] = more;
  const gain = (uniform: number) => 1 + between(uniform, settings.channelGain);
  return {
    geometry: {
      flipX: flipX < settings.horizontalFlip,
      flipY: flipY < settings.verticalFlip,
      rotation: between(rotation, settings.rotation) * (Math.PI / 180),
      scale: enlargement(scale, settings.scale),
      aspect: (1 + settings.aspect) ** between(aspect, 1),
      right: between(right, settings.shift),
      down: between(down, settings.shift),
    },
    colour: {
      brightness: factor(brightness, settings.brightness),
      contrast: factor(contrast, settings.contrast),
      saturation: grayscale < settings.grayscale ? 0 : factor(saturation, settings.saturation),
      hue: between(hue, settings.hue) * 2 * Math.PI,
      gains: [gain(red), gain(green), gain(blue)],
    },
    window: { left, top },
    cutout: { x, y, edge: settings.cutout },
  };
}

function enlargement(uniform: number, scale: AugmentationSettings['scale']): number {
  if (typeof scale === 'number') return (1 + scale) ** between(uniform, 1);
  const [low, high] = scale;
  return low * (high / low) ** uniform;
}

function factor(uniform: number, setting: ColourFactor): number {
  if (typeof setting === 'number') return 1 + between(uniform, setting);
  const [low, high] = setting;
  return low + (high - low) * uniform;
}

/** A number uniform in [0, 1) to one in [-limit, limit). */
function between(uniform: number, limit: number): number {
  return limit * (2 * uniform - 1);
}
