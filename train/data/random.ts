import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Seeded random numbers in the forms a drawing needs; the same seed gives the same numbers everywhere. */
export class Random {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** A real number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + uniformFloat64(this.#generator) * (high - low);
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return uniformInt(this.#generator, low, high);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.between(0, 1) < probability;
  }

  /** 32 random bits, signed. */
  bits(): number {
    return this.#generator.next();
  }

  /** A shuffled copy. */
  shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: this.between(0, 1) }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }
}
