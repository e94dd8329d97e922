import type { ChartSpec } from '../../document/chart.ts';
import { palette } from '../../document/theme.ts';
import type { Eda } from '../schema.ts';

/** Pairs of images by the distance of their hashes, and where the threshold lies. */
export function hashDistances({ distances, threshold }: Eda['duplicates']): ChartSpec {
  const kinds = ['of one exposure', 'of two exposures'];
  const values = distances
    .flatMap(({ distance, sameExposure, others }) => [
      { distance, pairs: sameExposure, kind: kinds[0] },
      { distance, pairs: others, kind: kinds[1] },
    ])
    .filter(({ pairs }) => pairs > 0);
  const present = kinds.filter((kind) => values.some((value) => value.kind === kind));
  const kind = { field: 'kind', type: 'nominal', sort: present, title: 'Pairs' } as const;
  return {
    description: 'Number of pairs of images by the Hamming distance of their hashes, on a logarithmic scale.',
    width: 640,
    height: 240,
    layer: [
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 2, point: { filled: true, size: 45 } },
        encoding: {
          x: { field: 'distance', type: 'quantitative', title: 'Bits in which the hashes differ, of 64' },
          y: {
            field: 'pairs',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'Pairs of images',
            axis: { format: ',', tickCount: 6 },
          },
          color: {
            ...kind,
            scale: { domain: present, range: [palette.purple.light, palette.blue.light] },
            legend: { orient: 'top' },
          },
          shape: { ...kind, scale: { domain: present, range: ['circle', 'square'] } },
        },
      },
      {
        data: { values: [{ distance: threshold }] },
        mark: { type: 'rule', strokeDash: [4, 4], strokeWidth: 2, color: palette.text.light },
        encoding: { x: { field: 'distance', type: 'quantitative' } },
      },
      {
        data: { values: [{ distance: threshold, text: `near-duplicates: ${threshold} or fewer` }] },
        mark: { type: 'text', align: 'left', baseline: 'top', dx: 6, y: 2, color: palette.text.light },
        encoding: {
          x: { field: 'distance', type: 'quantitative' },
          text: { field: 'text', type: 'nominal' },
        },
      },
    ],
  };
}
