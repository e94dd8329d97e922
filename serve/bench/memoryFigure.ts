import type { ChartSpec } from '../../chart/chart.ts';
import { figureWidth, palette } from '../../chart/theme.ts';
import { type Soak, warmUp } from './soak.ts';

/** Memory of the server over the requests, and the line of its growth after the warm-up. */
export function memoryFigure({ samples, growth }: Soak, requests: number): ChartSpec {
  const kinds = {
    resident: 'whole process (resident)',
    heap: 'JavaScript heap in use',
    external: 'buffers',
  } as const;
  const values = samples.flatMap(({ requests, memory }) =>
    (['resident', 'heap', 'external'] as const).map((kind) => ({
      requests,
      kind: kinds[kind],
      MB: memory[kind],
    })),
  );
  const line = growth.resident
    .toLocaleString('en-US', { maximumFractionDigits: 2, signDisplay: 'exceptZero' })
    .replace('-', '−');
  return {
    description: `Memory of the server over ${requests} requests. Resident memory: ${line} MB per 10,000 requests`,
    title: {
      text: 'Memory of the server',
      subtitle: `resident memory: ${line} MB per 10,000 requests (dashed: least squares after the first fifth)`,
    },
    width: figureWidth - 90,
    height: 260,
    data: { values },
    encoding: {
      x: { field: 'requests', type: 'quantitative', title: 'requests', axis: { format: ',d', tickCount: 6 } },
      y: { field: 'MB', type: 'quantitative', title: 'MB', scale: { zero: true } },
    },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1.5 },
        encoding: {
          color: {
            field: 'kind',
            type: 'nominal',
            sort: Object.values(kinds),
            title: null,
            legend: { orient: 'bottom' },
          },
        },
      },
      {
        transform: [
          { filter: { field: 'kind', equal: kinds.resident } },
          { filter: { field: 'requests', gte: warmUp * requests } },
          { regression: 'MB', on: 'requests' },
        ],
        mark: { type: 'line', strokeDash: [6, 4], strokeWidth: 1.5, color: palette.text.light },
      },
    ],
  };
}
