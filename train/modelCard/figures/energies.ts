import { bin, extent } from 'd3-array';
import type { ChartSpec } from '../../../chart/chart.ts';
import { palette } from '../../../chart/theme.ts';
import { splitColours } from '../../document/splitColours.ts';
import type { Evaluation } from '../../evaluate/evaluation.ts';

const bars = 50;

/**
 * How energies are spread, in percent of each set: of val and test, and of pictures of none of the classes; the file's
 * threshold, if it has one, as a dashed line.
 */
export function energyFigure({ splits, outOfDistribution, model }: Evaluation): ChartSpec {
  const sets = [
    ...(['val', 'test'] as const).map((split) => ({
      name: split,
      energies: splits[split].images.map(([, , , energy]) => energy),
      colour: splitColours[split],
    })),
    ...outOfDistribution.sets.map(({ name, energies }) => ({ name, energies, colour: palette.grey.light })),
  ];
  const [low = 0, high = 1] = extent(sets.flatMap(({ energies }) => energies));
  const width = Math.max(high - low, 1e-6) / bars;
  const edges = Array.from({ length: bars }, (_, i) => low + i * width);
  const binned = bin()
    .domain([low, low + bars * width])
    .thresholds(edges);
  const domain = [low, low + bars * width];
  const threshold = model.energyThreshold;
  return {
    description: 'Energies of val, test and pictures of none of the classes',
    vconcat: sets.map(({ name, energies, colour }, index) => ({
      title: name,
      width: 640,
      height: 64,
      layer: [
        {
          data: {
            values: binned(energies).map((values) => ({
              from: values.x0 ?? low,
              to: values.x1 ?? low,
              share: (100 * values.length) / energies.length,
            })),
          },
          mark: { type: 'bar' as const, color: colour },
          encoding: {
            x: {
              field: 'from',
              type: 'quantitative' as const,
              bin: 'binned' as const,
              scale: { domain },
              title: index === sets.length - 1 ? 'energy' : null,
              axis: { labels: index === sets.length - 1, grid: false },
            },
            x2: { field: 'to' },
            y: {
              field: 'share',
              type: 'quantitative' as const,
              title: '%',
              axis: { tickCount: 3 },
            },
          },
        },
        {
          data: { values: threshold === null ? [] : [{ threshold }] },
          mark: { type: 'rule' as const, strokeDash: [4, 3], strokeWidth: 1.5, color: palette.purple.light },
          encoding: { x: { field: 'threshold', type: 'quantitative' as const } },
        },
      ],
    })),
    spacing: 6,
  };
}
