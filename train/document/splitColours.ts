import { palette } from '../../chart/theme.ts';
import type { Split } from '../data/listing.ts';

/** The same in every figure. */
export const splitColours: Readonly<Record<Split, string>> = {
  train: palette.blue.light,
  val: palette.vermillion.light,
  test: palette.green.light,
};
