import { interpolateCividis } from 'd3-scale-chromatic';

/** Red, green and blue of a share from 0 to 1, each from 0 to 255 (https://doi.org/10.1371/journal.pone.0199239). */
export function cividis(share: number): number[] {
  return (interpolateCividis(share).match(/\d+/g) ?? []).map(Number);
}
