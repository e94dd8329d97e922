/** How a probability depends on a slider, as a chart and in words. */
import type { ChartSpec } from '../../../chart/chart.ts';
import { type Swept, sweeps } from './sweeps.ts';

export interface Curves {
  readonly parameter: Swept;
  /** The class. */
  readonly asked: string;
  /** Name of the image. */
  readonly photo: string;
  readonly points: readonly Point[];
}

export interface Point {
  readonly model: string;
  /** Of the slider. */
  readonly value: number;
  readonly probability: number;
  /** Whether the class is the most probable one. */
  readonly first: boolean;
}

/** A line for each model. @param width of the axes, in pixels */
export function sweepChart({ parameter, asked, photo, points }: Curves, width: number): ChartSpec {
  const models = modelsOf(points);
  const { axis, values } = sweeps[parameter];
  const of = { field: 'model', type: 'nominal', sort: models, title: null } as const;
  return {
    description: `The probability of ${asked} in ${photo} by ${axis}: ${models.join(', ')}`,
    width,
    height: 240,
    data: { values: points.map(({ model, value, probability }) => ({ model, value, probability })) },
    mark: { type: 'line', point: { size: 30, filled: true } },
    encoding: {
      x: {
        field: 'value',
        type: 'quantitative',
        title: axis,
        scale: { domain: [values[0] ?? 0, values.at(-1) ?? 0], nice: false },
      },
      y: {
        field: 'probability',
        type: 'quantitative',
        title: `probability of ${asked}`,
        scale: { domain: [0, 1] },
        axis: { format: '.0%' },
      },
      color: { ...of, legend: { orient: 'top' } },
      strokeDash: { ...of, legend: { orient: 'top' } },
      shape: { ...of, legend: { orient: 'top' } },
    },
  };
}

/** A sentence for each model: at how many of the settings it names the class. */
export function readingOf({ asked, points }: Pick<Curves, 'asked' | 'points'>): string[] {
  return modelsOf(points).map((model) => {
    const own = points.filter((point) => point.model === model);
    const first = own.filter((point) => point.first).length;
    const mean = own.reduce((sum, { probability }) => sum + probability, 0) / own.length;
    return `${model} names ${asked} at ${first} of ${own.length} settings; its mean probability is ${(100 * mean).toFixed(0)} %.`;
  });
}

function modelsOf(points: Curves['points']): string[] {
  return [...new Set(points.map(({ model }) => model))];
}
