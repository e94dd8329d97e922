import { scheme } from 'vega';

/** Red, green and blue of a share from 0 to 1, each from 0 to 255, as vega has it (https://doi.org/10.1371/journal.pone.0199239). */
export function cividis(share: number): number[] {
  const colour: (share: number) => string = scheme('cividis');
  return (colour(share).match(/\d+/g) ?? []).map(Number);
}
