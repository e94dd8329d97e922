/** Pictures made of pixels with titles, as one drawing for light and dark pages. */
import { figureWidth, fontFamily, palette } from '../../../chart/theme.ts';
import { escapeXml, themedSvg } from '../../../chart/themedSvg.ts';

export interface Panel {
  readonly title: string;
  /** Lines below the title. */
  readonly notes: readonly string[];
  /** A PNG file of the given size, shown pixel by pixel. */
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** SVG on top of it, in its pixels. */
  readonly overlay?: string;
}

/** All in pixels. */
const layout = { gap: 24, title: 18, note: 15, beforePicture: 4, margin: 4 } as const;

/**
 * Panels from left to right, in as many rows as they take.
 *
 * @param groups each begins a row of its own
 * @param description what is shown, for readers who do not see it
 * @returns an SVG document that needs no other file
 */
export function drawPanels(groups: readonly (readonly Panel[])[], description: string): string {
  const parts: string[] = [];
  let [left, top, bottom, right] = [0, 0, 0, 0];
  for (const panels of groups) {
    [left, top] = [0, bottom === 0 ? 0 : bottom + layout.gap];
    for (const panel of panels) {
      if (left > 0 && left + panel.width > figureWidth) [left, top] = [0, bottom + layout.gap];
      parts.push(`<g transform="translate(${left},${top})">${drawPanel(panel)}</g>`);
      right = Math.max(right, left + panel.width);
      bottom = Math.max(bottom, top + headerOf(panel) + panel.height);
      left += panel.width + layout.gap;
    }
  }
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${right}" height="${bottom}" viewBox="0 0 ${right} ${bottom}" ` +
    `font-family="${escapeXml(fontFamily)}" font-size="12">` +
    `<rect width="${right}" height="${bottom}" fill="${palette.surface.light}"/>${parts.join('')}</svg>`;
  return themedSvg(svg, description);
}

function headerOf({ notes }: Panel): number {
  return layout.title + notes.length * layout.note + layout.beforePicture;
}

function drawPanel(panel: Panel): string {
  const { title, notes, png, width, height, overlay = '' } = panel;
  const lines = notes.map(
    (note, i) =>
      `<text x="${layout.margin}" y="${layout.title + layout.note * (i + 1) - 3}" fill="${palette.muted.light}">${escapeXml(note)}</text>`,
  );
  const data = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  return [
    `<text x="${layout.margin}" y="14" font-size="14" font-weight="600" fill="${palette.text.light}">${escapeXml(title)}</text>`,
    ...lines,
    `<g transform="translate(0,${headerOf(panel)})">`,
    `<image width="${width}" height="${height}" style="image-rendering:pixelated" href="${data}"/>`,
    `${overlay}</g>`,
  ].join('');
}
