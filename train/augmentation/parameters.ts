/** What happens to one image, drawn from the settings. */
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { fillUniform } from '../../export/random.ts';
import type { Geometry } from './affine.ts';
import type { ColourChange } from './colour.ts';
import type { Square } from './cutout.ts';
import type { AugmentationSettings } from './schema.ts';

export interface Augmentation {
  readonly geometry: Geometry;
  readonly colour: ColourChange;
  readonly cutout: Square;
}

/**
 * One image's augmentation. The same count of numbers is drawn whatever the settings are, so that changing one of
 * them leaves the others' draws as they were.
 */
export function drawAugmentation(settings: AugmentationSettings, random: RandomGenerator): Augmentation {
  const numbers = new Float32Array(12);
  fillUniform(random, numbers);
  const [flipX = 0, flipY = 0, right = 0, down = 0, rotation = 0, scale = 0, ...others] = numbers;
  const [brightness = 0, contrast = 0, saturation = 0, hue = 0, x = 0, y = 0] = others;
  return {
    geometry: {
      flipX: flipX < settings.horizontalFlip,
      flipY: flipY < settings.verticalFlip,
      rotation: between(rotation, settings.rotation) * (Math.PI / 180),
      scale: (1 + settings.scale) ** between(scale, 1),
      right: between(right, settings.shift),
      down: between(down, settings.shift),
    },
    colour: {
      brightness: 1 + between(brightness, settings.brightness),
      contrast: 1 + between(contrast, settings.contrast),
      saturation: 1 + between(saturation, settings.saturation),
      hue: between(hue, settings.hue) * 2 * Math.PI,
    },
    cutout: { x, y, edge: settings.cutout },
  };
}

/** A number uniform in [0, 1) to one in [-limit, limit). */
function between(uniform: number, limit: number): number {
  return limit * (2 * uniform - 1);
}
