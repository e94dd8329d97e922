/** SVG drawn in the light colours of the palette, made fit for both themes, for readers who do not see, and for any page. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { darkTwins } from './theme.ts';

/** Colours that are none, or another element's. */
const colourless = new Set(['none', 'transparent', 'currentColor']);

/**
 * One file for light and dark pages, as `<img>` or inlined: a style in it replaces each colour by its dark twin where
 * the reader prefers dark. Ids are made from the drawing itself: two drawings in one page do not clash, and the same
 * drawing has the same ids whatever was drawn before it.
 *
 * @param svg an SVG document that names its colours in `fill` and `stroke` attributes
 * @param description what the drawing shows, for readers who do not see it
 * @throws Error for a colour that has no dark twin
 */
export function themedSvg(svg: string, description: string): string {
  const used = new Set([...svg.matchAll(/\s(?:fill|stroke)="([^"]*)"/g)].map(([, colour = '']) => colour));
  const rules = [...used]
    .filter((colour) => !colourless.has(colour) && !colour.startsWith('url('))
    .sort()
    .map((colour) => {
      const twin = darkTwins.get(colour);
      if (twin === undefined) throw new Error(`${colour} has no dark twin in the palette (theme.ts)`);
      return `[fill="${colour}"]{fill:${twin}}[stroke="${colour}"]{stroke:${twin}}`;
    });
  const style = `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`;
  const title = `<title>${escapeXml(description)}</title>`;
  const whole = svg.replace(/<svg\b[^>]*>/, (tag) => `${tag}${title}${style}`);
  return labelled(withOwnIds(whole), description);
}

/** The SVG as one picture with that name, in place of the name it had. */
export function labelled(svg: string, label: string): string {
  return svg.replace(/<svg\b[^>]*>/, (tag) =>
    tag
      .replaceAll(/\s(?:role|aria-label|aria-roledescription)="[^"]*"/g, '')
      .replace('<svg', () => `<svg role="img" aria-label="${escapeXml(label)}"`),
  );
}

/** Text as content of an element, or value of an attribute. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function withOwnIds(svg: string): string {
  const ids = [...new Set([...svg.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => id))];
  const renamed = (prefix: string) =>
    svg.replaceAll(/(\sid="|url\(#|href="#)([^")]+)/g, (reference, start: string, id: string) => {
      const position = ids.indexOf(id);
      return position < 0 ? reference : `${start}${prefix}${position}`;
    });
  const hash = bytesToHex(sha256(utf8ToBytes(renamed('')))).slice(0, 8);
  return renamed(`f${hash}-`);
}
