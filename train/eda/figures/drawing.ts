import { fontFamily, palette } from '../../../chart/theme.ts';
import { escapeXml, themedSvg } from '../../../chart/themedSvg.ts';

/** An SVG of the documents' width and theme from elements that are drawn in the palette's light colours. */
export function drawing(
  elements: readonly string[],
  {
    width,
    height,
    description,
  }: { readonly width: number; readonly height: number; readonly description: string },
): string {
  return themedSvg(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeXml(fontFamily)}">` +
      `<rect width="${width}" height="${height}" fill="${palette.surface.light}"/>${elements.join('')}</svg>\n`,
    description,
  );
}
