import type { ClassCounts } from './measures.ts';

/**
 * Counts by class for every run, of images that are added by the group, any group any number of times. What a group
 * adds is counted once: a sample of 1305 images in 97 groups is 97 short sums.
 */
export class Tally {
  readonly #totals: Int32Array;
  /** What each adds: a total's place, how much, and so on; most totals stay as they are. */
  readonly #groups: readonly Int32Array[];
  /** Of each run; they change with the tally. */
  readonly counts: readonly ClassCounts[];

  /**
   * @param labels class of each image, 0 to `classes` - 1
   * @param runs of each, the class that every image is given
   * @param groups of each, the positions of its images
   */
  constructor(
    labels: readonly number[],
    runs: readonly (readonly number[])[],
    groups: readonly (readonly number[])[],
    classes: number,
  ) {
    // First the images of each class, which all runs share; then for each run those called so, and rightly so.
    this.#totals = new Int32Array(classes * (1 + 2 * runs.length));
    const byClass = (row: number) => this.#totals.subarray(row * classes, (row + 1) * classes);
    const support = byClass(0);
    this.counts = runs.map((_, run) => ({
      support,
      predicted: byClass(1 + 2 * run),
      truePositives: byClass(2 + 2 * run),
    }));

    this.#groups = groups.map((images) => {
      const counts = new Map<number, number>();
      const count = (row: number, of: number) => {
        const slot = row * classes + of;
        counts.set(slot, (counts.get(slot) ?? 0) + 1);
      };
      for (const image of images) {
        const label = labels[image] ?? 0;
        count(0, label);
        for (const [run, predictions] of runs.entries()) {
          const prediction = predictions[image] ?? 0;
          count(1 + 2 * run, prediction);
          if (prediction === label) count(2 + 2 * run, label);
        }
      }
      return Int32Array.from([...counts].flat());
    });
  }

  get groups(): number {
    return this.#groups.length;
  }

  clear(): void {
    this.#totals.fill(0);
  }

  /** Adds the images of the group at this position. */
  add(position: number): void {
    const group = this.#groups[position];
    if (group === undefined) {
      throw new RangeError(`expected the position of a group, 0 to ${this.groups - 1}, found ${position}`);
    }
    const totals = this.#totals;
    for (let i = 0; i < group.length; i += 2) {
      const slot = group[i] ?? 0;
      totals[slot] = (totals[slot] ?? 0) + (group[i + 1] ?? 0);
    }
  }
}
