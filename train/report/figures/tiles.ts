/** Small pictures of one size in rows, as a panel. */

import { enlarge } from '../../../chart/pixels.ts';
import { figureWidth } from '../../../chart/theme.ts';
import { contactSheet, sheetSize } from '../../augmentation/contactSheet.ts';
import type { Panel } from './panels.ts';

export interface Tiles extends Pick<Panel, 'title' | 'notes'> {
  /** uint8 `[H, W, 3]` each. */
  readonly images: readonly Uint8Array[];
  readonly size: { readonly height: number; readonly width: number };
  /** Width of a picture to enlarge to, at most, in whole steps. */
  readonly target: number;
  /** In a row, if so many fit. */
  readonly columns: number;
}

const nothing = { r: 0, g: 0, b: 0, alpha: 0 } as const;

export async function tilePanel({ title, notes, images, size, target, columns }: Tiles): Promise<Panel> {
  const factor = Math.max(1, Math.floor(target / size.width));
  const tile = { height: size.height * factor, width: size.width * factor };
  let fitting = Math.min(columns, images.length);
  while (fitting > 1 && sheetSize(images.length, tile, fitting).width > figureWidth) fitting -= 1;
  const enlarged = images.map((image) => enlarge(image, size.width, factor));
  return {
    title,
    notes,
    png: await contactSheet(enlarged, tile, fitting, nothing),
    ...sheetSize(images.length, tile, fitting),
  };
}
