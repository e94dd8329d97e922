/** Where in an image something is, in words. */
import type { HeatMap } from '../../../runtime/heatMap.ts';

/** A point of the image, in shares of its sides from the upper left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The centre of the largest value; undefined where none is over 0. */
export function strongestPlace({ width, height, values }: HeatMap): Place | undefined {
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  if (largest === 0) return undefined;
  const at = values.indexOf(largest);
  return { x: ((at % width) + 0.5) / width, y: (Math.floor(at / width) + 0.5) / height };
}

const rows = ['at the top', 'in the middle', 'at the bottom'] as const;
const columns = ['on the left', '', 'on the right'] as const;

/** By thirds: `at the top on the left`, `in the middle`. */
export function placeText({ x, y }: Place): string {
  const third = (share: number) => Math.min(Math.floor(3 * share), 2);
  return `${rows[third(y)] ?? ''} ${columns[third(x)] ?? ''}`.trim();
}
