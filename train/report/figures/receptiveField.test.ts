import { describe, expect, it } from 'vitest';
import { chart } from '../../../chart/chart.ts';
import type { ReceptiveField } from './effectiveField.ts';
import { effectMaps, receptiveFieldChart } from './receptiveField.ts';

const effect = { height: 10, width: 10, values: Float64Array.from({ length: 100 }, (_, i) => i) };
const field = (layer: string, theoretical: number | null): ReceptiveField => ({
  variant: 'cnn',
  layer,
  theoretical,
  effect,
  half: { left: 4, top: 5, side: 3 },
  nearlyAll: { left: 2, top: 2, side: 7 },
});

describe('receptive fields', () => {
  it('are a point for each layer; where theory has the whole image, that is its side', () => {
    expect(receptiveFieldChart([field('conv1', 3), field('conv2', null)])).toMatchObject({
      data: {
        values: [
          { layer: 'conv1', side: 3, series: 'in theory' },
          { layer: 'conv1', side: 7, series: '95 % of the effect' },
          { layer: 'conv1', side: 3, series: '50 % of the effect' },
          { layer: 'conv2', side: 10, series: 'in theory' },
          { layer: 'conv2', side: 7 },
          { layer: 'conv2', side: 3 },
        ],
      },
    });
  });

  it('are drawn as a chart', async () => {
    expect(await chart(receptiveFieldChart([field('conv1', 3)]))).toContain('>95 % of the effect</text>');
  });

  it('are drawn as a map of the last layer, with the squares where they lie', async () => {
    const svg = await effectMaps([field('conv1', 3), field('conv2', null)]);
    expect(svg.match(/<image /g)).toHaveLength(1);
    expect(svg).toContain('>cnn, conv2</text>');
    expect(svg).toContain('>50 %: 3×3 pixels</text>');
    // 10 pixels are drawn 17 times as large, to fit 170, within a margin of 4.
    expect(svg).toContain(`<rect x="${4 + 4 * 17}" y="${4 + 5 * 17}" width="${3 * 17}" height="${3 * 17}"`);
    expect(svg).toContain(`<rect x="${4 + 2 * 17}" y="${4 + 2 * 17}" width="${7 * 17}" height="${7 * 17}"`);
  });
});
