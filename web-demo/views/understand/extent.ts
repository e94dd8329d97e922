/** From the least to the largest of some numbers. */
export interface Extent {
  readonly least: number;
  readonly largest: number;
}

/** @param values at least one */
export function extentOf(values: Float32Array): Extent {
  return values.reduce<Extent>(
    ({ least, largest }, value) => ({ least: Math.min(least, value), largest: Math.max(largest, value) }),
    { least: Number.POSITIVE_INFINITY, largest: Number.NEGATIVE_INFINITY },
  );
}
