import type { ChartSpec } from '../../../chart/chart.ts';
import { palette } from '../../../chart/theme.ts';
import type { Eda } from '../schema.ts';

/** Pairs of images by the distance of their hashes, and where the threshold lies. */
const kinds = [
  { name: 'of one exposure', colour: palette.purple.light, shape: 'circle' },
  { name: 'of two exposures', colour: palette.blue.light, shape: 'square' },
];
/** The logarithmic axis needs no other ticks. */
const powersOfTen = Array.from({ length: 9 }, (_, exponent) => 10 ** exponent);

/** Pairs of images by the distance of their hashes, and where the threshold lies. */
export function hashDistances({ distances, threshold }: Eda['duplicates']): ChartSpec {
  const values = distances
    .flatMap(({ distance, sameExposure, others }) => [
      { distance, pairs: sameExposure, kind: kinds[0]?.name },
      { distance, pairs: others, kind: kinds[1]?.name },
    ])
    .filter(({ pairs }) => pairs > 0);
  const kind = { field: 'kind', type: 'nominal', title: 'Pairs' } as const;
  const domain = kinds.map(({ name }) => name);
  // Where no name tells the exposure there is one kind, which needs no name.
  const legend = distances.some(({ sameExposure }) => sameExposure > 0) ? ({ orient: 'top' } as const) : null;
  return {
    description: 'Number of pairs of images by the Hamming distance of their hashes, on a logarithmic scale.',
    width: 640,
    height: 240,
    layer: [
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2, point: { filled: true, size: 45 } },
        encoding: {
          x: {
            field: 'distance',
            type: 'quantitative',
            title: 'Bits in which the hashes differ, of 64',
            scale: { domain: [0, 64], nice: false },
            axis: { values: [0, 8, 16, 24, 32, 40, 48, 56, 64] },
          },
          y: {
            field: 'pairs',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'Pairs of images',
            axis: { format: ',', values: powersOfTen },
          },
          color: { ...kind, scale: { domain, range: kinds.map(({ colour }) => colour) }, legend },
          shape: { ...kind, scale: { domain, range: kinds.map(({ shape }) => shape) }, legend },
        },
      },
      {
        data: { values: [{ distance: threshold }] },
        mark: { type: 'rule', strokeDash: [4, 4], strokeWidth: 2, color: palette.text.light },
        encoding: { x: { field: 'distance', type: 'quantitative' } },
      },
      {
        data: { values: [{ distance: threshold, text: `similar: ${threshold} or fewer` }] },
        mark: { type: 'text', align: 'left', baseline: 'bottom', dx: 6, y: 236 },
        encoding: {
          x: { field: 'distance', type: 'quantitative' },
          text: { field: 'text', type: 'nominal' },
        },
      },
    ],
  };
}
