/** What one random order of the pixels, the same in all images, does to what is learnt (figure 07b). */
import { mean } from 'd3-array';
import type { ChartSpec } from '../../../chart/chart.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';
import { measuresOf, runsOf } from '../runs.ts';

/** Two variants that differ in the order of the pixels alone. */
export interface PermutedPair {
  readonly plain: string;
  readonly permuted: string;
}

export interface PermutationPoint {
  /** The variant whose pixels are in their order. */
  readonly variant: string;
  readonly pixels: 'in their order' | 'permuted';
  readonly seed: number;
  /** On test. */
  readonly accuracy: number;
}

const orders = ['in their order', 'permuted'] as const;

/** Accuracy on test of every finished run of both variants of each pair. */
export function permutationPoints(study: StudyResults, pairs: readonly PermutedPair[]): PermutationPoint[] {
  return pairs.flatMap(({ plain, permuted }) =>
    [plain, permuted].flatMap((variant, i) =>
      runsOf(study, variant).map((run) => ({
        variant: plain,
        pixels: orders[i] ?? 'permuted',
        seed: run.seed,
        accuracy: measuresOf(study, run, 'test').accuracy,
      })),
    ),
  );
}

/** A dot for each seed, a line at their mean; the two orders below each other for each network. */
export function permutationChart(points: readonly PermutationPoint[]): ChartSpec {
  const variants = [...new Set(points.map(({ variant }) => variant))];
  const means = variants.flatMap((variant) =>
    orders.flatMap((pixels) => {
      const same = points.filter((point) => point.variant === variant && point.pixels === pixels);
      const accuracy = mean(same, (point) => point.accuracy);
      return accuracy === undefined ? [] : [{ variant, pixels, accuracy }];
    }),
  );
  const y = { field: 'pixels', type: 'nominal', sort: [...orders], title: null } as const;
  const color = { field: 'pixels', type: 'nominal', sort: [...orders], legend: null } as const;
  const x = {
    field: 'accuracy',
    type: 'quantitative',
    title: 'accuracy on test',
    axis: { format: '.0%' },
  } as const;
  return {
    description: `Accuracy of ${variants.join(', ')} with pixels in their order and permuted`,
    data: {
      values: [
        ...points.map((point) => ({ ...point, what: 'seed' })),
        ...means.map((point) => ({ ...point, what: 'mean' })),
      ],
    },
    facet: {
      row: { field: 'variant', sort: variants, title: null, header: { labelAngle: 0, labelAlign: 'left' } },
    },
    spec: {
      width: 480,
      height: { step: 44 },
      layer: [
        {
          transform: [{ filter: "datum.what === 'mean'" }],
          mark: { type: 'tick', thickness: 3, size: 26 },
          encoding: { x: { ...x, scale: { zero: true } }, y, color },
        },
        {
          transform: [{ filter: "datum.what === 'mean'" }],
          mark: { type: 'text', dy: -20, fontSize: 11 },
          encoding: { x, y, text: { field: 'accuracy', type: 'quantitative', format: '.1%' } },
        },
        {
          transform: [{ filter: "datum.what === 'seed'" }],
          mark: { type: 'point', filled: true, size: 45, opacity: 0.7 },
          encoding: { x, y, color },
        },
      ],
    },
  };
}
