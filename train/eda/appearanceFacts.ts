/** Brightness and colour, of splits and of classes. */
import { mean } from 'd3-array';
import { bySplit } from '../data/listing.ts';
import type { Observation } from './observe.ts';
import type { Appearance, Eda } from './schema.ts';
import { histogramOf, summarise } from './summarise.ts';

export function appearanceFacts(
  images: readonly Observation[],
  classes: readonly string[],
): Eda['appearance'] {
  const inSplit = bySplit((split) => images.filter((image) => image.split === split));
  return {
    splits: bySplit((split) => appearanceOf(inSplit[split])),
    classes: classes.map((name, label) => ({
      name,
      splits: bySplit((split) => {
        const members = inSplit[split].filter((image) => image.label === label);
        return members.length === 0 ? null : appearanceOf(members);
      }),
    })),
    brightness: histogramOf(images, ({ brightness }) => brightness, { low: 0, high: 256, bins: 32 }),
    saturation: histogramOf(images, ({ saturation }) => saturation, { low: 0, high: 1, bins: 40 }),
    channels: bySplit((split) => channelsOf(inSplit[split])),
  };
}

function appearanceOf(images: readonly Observation[]): Appearance {
  return {
    brightness: summarise(images.map(({ brightness }) => brightness)),
    contrast: summarise(images.map(({ contrast }) => contrast)),
    saturation: summarise(images.map(({ saturation }) => saturation)),
  };
}

function channelsOf(images: readonly Observation[]) {
  const means = [0, 1, 2].map((channel) => mean(images, (image) => image.means[channel]) ?? 0);
  // Var x = E x² - (E x)².
  const sd = means.map((average, channel) =>
    Math.sqrt(Math.max(0, (mean(images, (image) => image.squares[channel]) ?? 0) - average ** 2)),
  );
  return { mean: means, sd };
}
