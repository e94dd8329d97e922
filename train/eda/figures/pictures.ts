/** Images of the data set as elements of an SVG: inlined, so that the figure is one file. */
import sharp from 'sharp';
import { palette } from '../../../chart/theme.ts';
import { escapeXml } from '../../../chart/themedSvg.ts';
import { AreographError } from '../../../dsl/errors.ts';
import { decodeImage } from '../../../runtime/decode.ts';
import type { RgbImage } from '../../../runtime/image.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels of the file for each of the figure, so that it stays sharp on dense screens. */
const density = 2;

/** The image, whole, at the bottom of a box and as large as fits. */
export async function photograph(image: RgbImage, box: Box): Promise<string> {
  const jpeg = await raw(image)
    .resize(Math.round(density * box.width), Math.round(density * box.height), {
      fit: 'inside',
      withoutEnlargement: true,
    })
    .jpeg({ quality: 85 })
    .toBuffer();
  return imageElement('jpeg', jpeg, box, ' preserveAspectRatio="xMidYMax"');
}

/** The image stretched to the box, each of its pixels seen. */
export async function pixelated(image: RgbImage, box: Box): Promise<string> {
  return imageElement(
    'png',
    await raw(image).png().toBuffer(),
    box,
    ' preserveAspectRatio="none" style="image-rendering:pixelated"',
  );
}

/** Decodes the first of the files that can be read; undefined if none can. */
export async function firstReadable(
  files: readonly string[],
): Promise<{ readonly file: string; readonly image: RgbImage } | undefined> {
  for (const file of files) {
    try {
      return { file, image: await decodeImage(file) };
    } catch (error) {
      if (!(error instanceof AreographError)) throw error;
    }
  }
  return undefined;
}

export interface TextStyle {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly colour?: 'text' | 'muted';
  readonly bold?: boolean;
  /** What does not fit into this width is cut off. */
  readonly width?: number;
}

/** Of most letters, in font sizes: that of the widest fonts that pages use. */
const letterWidth = 0.6;

/** A line of text; x and y are those of its anchor on the base line. */
export function textElement(
  text: string,
  x: number,
  y: number,
  { size = 12, anchor = 'start', colour = 'text', bold = false, width = Infinity }: TextStyle = {},
): string {
  const letters = Math.floor(width / (letterWidth * size));
  const shown = text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
  const weight = bold ? ' font-weight="600"' : '';
  return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}"${weight} fill="${palette[colour].light}">${escapeXml(shown)}</text>`;
}

function raw({ data, width, height }: RgbImage) {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function imageElement(
  type: 'jpeg' | 'png',
  bytes: Buffer,
  { x, y, width, height }: Box,
  attributes: string,
): string {
  return `<image x="${x}" y="${y}" width="${width}" height="${height}"${attributes} href="data:image/${type};base64,${bytes.toString('base64')}"/>`;
}
