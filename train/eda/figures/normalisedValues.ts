/** Normalised pixels, (p / 255 - mean) / std, as colours and as a histogram; both have the same scale. */
import { max } from 'd3-array';
import { cividis } from '../../../chart/cividis.ts';
import { palette } from '../../../chart/theme.ts';
import { normalization } from '../../../export/preprocess.ts';
import type { RgbImage } from '../../../runtime/image.ts';
import { type Box, pixelated, textElement } from './pictures.ts';

const bins = 32;
const channels = [
  { name: 'red', colour: palette.vermillion.light },
  { name: 'green', colour: palette.green.light },
  { name: 'blue', colour: palette.blue.light },
];

/** Each pixel's mean over the channels, from that of 0 to that of 255, in cividis. */
export function falseColours({ width, height, data }: RgbImage): RgbImage {
  const colours = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const mean = ((data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0)) / 3;
    colours.set(cividis(mean / 255), i);
  }
  return { width, height, data: colours };
}

/** The colours of {@link falseColours} from least to most, with the values below. */
export async function colourBar(box: Box): Promise<string> {
  const width = 128;
  const data = Uint8Array.from({ length: width }, (_, i) => i).reduce(
    (row, i) => {
      row.set(cividis(i / (width - 1)), 3 * i);
      return row;
    },
    new Uint8Array(3 * width),
  );
  return (await pixelated({ width, height: 1, data }, box)) + scale(box);
}

/** How often each value comes, an outline for each channel; the highest bin is as high as the box. */
export function histogram({ data }: RgbImage, { x, y, width, height }: Box): string {
  const counts = channels.map(() => new Float64Array(bins));
  for (const [i, value] of data.entries()) {
    const channel = counts[i % 3];
    const bin = Math.floor((value * bins) / 256);
    if (channel) channel[bin] = (channel[bin] ?? 0) + 1;
  }
  const most = Math.max(...counts.map((channel) => max(channel) ?? 0));
  const lines = channels.map(({ colour }, c) => {
    const points = Array.from(counts[c] ?? [], (count, bin) => {
      const level = (y + height - (height * count) / most).toFixed(1);
      const edge = (index: number) => (x + (width * index) / bins).toFixed(1);
      return `${edge(bin)},${level} ${edge(bin + 1)},${level}`;
    });
    return `<polyline points="${points.join(' ')}" fill="none" stroke-width="1.5" stroke="${colour}"/>`;
  });
  const frame = `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="${palette.grid.light}"/>`;
  return frame + lines.join('');
}

/** The colours of the {@link histogram}, with the values below. */
export function histogramLegend(box: Box): string {
  // Where each begins, as a share of the width: the names differ in length.
  const starts = [0, 0.31, 0.69];
  const names = channels.map(({ name, colour }, i) => {
    const x = box.x + box.width * (starts[i] ?? 0);
    return `<rect x="${x}" y="${box.y}" width="8" height="10" fill="${colour}"/>${textElement(name, x + 11, box.y + 9, { size: 11 })}`;
  });
  return names.join('') + scale(box);
}

/** The ends and the middle of the normalised values, below a box. */
function scale({ x, y, width, height }: Box): string {
  return (['start', 'middle', 'end'] as const)
    .map((anchor, i) => {
      const value = `${(i / 2 - normalization.mean) / normalization.std}`.replace('-', '−');
      return textElement(value, x + (width * i) / 2, y + height + 13, { size: 11, anchor, colour: 'muted' });
    })
    .join('');
}
