/** The values over and over, without end, beginning at a place. @throws Error if there are none */
export function* rotate<T>(values: readonly T[], first = 0): Generator<T, never> {
  if (values.length === 0) throw new Error('nothing to rotate');
  const start = first % values.length;
  yield* values.slice(start);
  for (;;) yield* values;
}
