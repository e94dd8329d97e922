/** The three parts of a data set: learnt from, chosen by, and scored once at the end. */
export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** A record with one entry per split. */
export function bySplit<T>(make: (split: Split) => T): Record<Split, T> {
  return { train: make('train'), val: make('val'), test: make('test') };
}

/** What a layout's reader finds: images by relative name (with `/`), labels already dense. */
export interface Listing {
  readonly classes: readonly string[];
  readonly splits: Readonly<Record<Split, readonly ListedExample[]>>;
}
export interface ListedExample {
  readonly file: string;
  readonly label: number;
  /** Where the image was named, if in a file: 'train-calibrated-shuffled.txt, line 7'. */
  readonly namedIn?: string;
}
