import { relative } from 'node:path';

/** A path as a person would type it from here: relative where it is below this folder. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
