/** A picture of a document, kept beside it in `figures/`. */
export interface Figure {
  /** Its number, a name, and the kind of picture: `01-class-distribution.svg`, `07a-shifts.svg`. */
  readonly file: string;
  /** Text of an SVG, or bytes of a PNG. */
  readonly content: string | Uint8Array;
}

/** Names that figures have: a folder may hold other files too, which are left alone. */
export const figureName = /^(\d\d[a-z]?)-[a-z0-9-]+\.(?:svg|png)$/;

/** Where the Markdown looks for a figure. */
export function figurePath(file: string): string {
  return `figures/${file}`;
}
