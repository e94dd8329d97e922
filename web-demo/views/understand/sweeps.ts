/** The sliders whose whole range is swept, and where. */
import type { Parameter } from './sliders.ts';

/** Where the square lies matters only beside its size. */
export type Swept = Exclude<Parameter, 'coverX' | 'coverY'>;

/** Evenly spaced, both ends included. */
function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
}

export const sweeps: {
  readonly [S in Swept]: { readonly axis: string; readonly values: readonly number[] };
} = {
  shiftX: { axis: 'shift to the right (% of the width)', values: range(-50, 50, 2.5) },
  shiftY: { axis: 'shift down (% of the height)', values: range(-50, 50, 2.5) },
  rotation: { axis: 'rotation (degrees, clockwise)', values: range(-180, 180, 10) },
  blur: { axis: 'blur (standard deviation, % of the longer side)', values: range(0, 5, 0.25) },
  cover: { axis: 'side of the grey square (% of the longer side)', values: range(0, 100, 5) },
};

export function isSwept(name: string): name is Swept {
  return Object.hasOwn(sweeps, name);
}
