/** What moving the test images does to what they are called (figure 07a). */
import { group, mean } from 'd3-array';
import type { ChartSpec } from '../../../chart/chart.ts';
import type { Result } from '../../experiments/result.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';
import { measuresOf, runsOf } from '../runs.ts';

/** Over seeds. */
export interface Spread {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

export interface ShiftPoint {
  readonly variant: string;
  /** Pixels of the network's input; 0 for the images as they are. */
  readonly distance: number;
  /** Of the test images, over directions first. */
  readonly accuracy: Spread;
  /** Share of the test images that are called what they were called unmoved. */
  readonly consistency: Spread;
}

/**
 * Accuracy and consistency by how far the test images are moved, variant by variant; a variant of which no run was
 * examined in this way is left out.
 */
export function shiftCurves(study: StudyResults, variants: readonly string[]): ShiftPoint[] {
  return variants.flatMap((variant) => {
    const runs = runsOf(study, variant).filter(({ shifts }) => shifts.length > 0);
    const points = runs.flatMap((run) => runPoints(study, run));
    return [...group(points, ({ distance }) => distance)]
      .map(([distance, same]) => ({
        variant,
        distance,
        accuracy: spread(same.map(({ accuracy }) => accuracy)),
        consistency: spread(same.map(({ consistency }) => consistency)),
      }))
      .sort((a, b) => a.distance - b.distance);
  });
}

/** One run's, mean over directions. */
function runPoints(study: StudyResults, run: Result) {
  const unmoved = measuresOf(study, run, 'test').accuracy;
  const moved = group(run.shifts, ({ dx, dy }) => Math.hypot(dx, dy));
  return [
    { distance: 0, accuracy: unmoved, consistency: 1 },
    ...Array.from(moved, ([distance, directions]) => ({
      distance,
      accuracy: mean(directions, ({ accuracy }) => accuracy) ?? Number.NaN,
      consistency: mean(directions, ({ consistency }) => consistency) ?? Number.NaN,
    })),
  ];
}

function spread(values: readonly number[]): Spread {
  return { mean: mean(values) ?? Number.NaN, least: Math.min(...values), most: Math.max(...values) };
}

const measures = {
  accuracy: 'accuracy on test',
  consistency: 'called as when unmoved',
} as const;

/** Both curves beside each other: the line is the mean over seeds, the band goes from the least seed to the most. */
export function shiftChart(points: readonly ShiftPoint[]): ChartSpec {
  const variants = [...new Set(points.map(({ variant }) => variant))];
  const distances = [...new Set(points.map(({ distance }) => distance))];
  // Opaque, though the bands are not.
  const legend = { orient: 'top', symbolOpacity: 1 } as const;
  const panel = (name: keyof typeof measures) => ({
    width: 300,
    height: 240,
    data: {
      values: points.map(({ variant, distance, [name]: value }) => ({ variant, distance, ...value })),
    },
    encoding: {
      x: {
        field: 'distance',
        type: 'quantitative' as const,
        title: 'test images moved by (pixels)',
        // The first pixels matter most, and distances double.
        scale: { type: 'sqrt' as const },
        axis: { values: distances, format: 'd', grid: false },
      },
      color: { field: 'variant', type: 'nominal' as const, sort: variants, title: null, legend },
    },
    layer: [
      {
        mark: { type: 'area' as const, opacity: 0.2 },
        encoding: {
          y: {
            field: 'least',
            type: 'quantitative' as const,
            title: measures[name],
            axis: { format: '.0%' },
          },
          y2: { field: 'most' },
        },
      },
      {
        mark: { type: 'line' as const, point: { size: 45, filled: true } },
        encoding: {
          y: { field: 'mean', type: 'quantitative' as const },
          shape: { field: 'variant', type: 'nominal' as const, sort: variants, title: null, legend },
        },
      },
    ],
  });
  return {
    description: `Accuracy and consistency of ${variants.join(', ')} as test images are moved`,
    hconcat: [panel('accuracy'), panel('consistency')],
  };
}
