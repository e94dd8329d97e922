/** The icons that an installed page has, drawn from icon.svg. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { Plugin } from 'vite';

const source = fileURLToPath(new URL('../icon.svg', import.meta.url));

/** Of the icon's own ground, which fills what a launcher cuts to a form of its own. */
const ground = '#15181c';

/** By file, relative to the page: the side in pixels, and whether the corners are filled. */
const sizes: Readonly<Record<string, { readonly side: number; readonly filled: boolean }>> = {
  'icons/192.png': { side: 192, filled: false },
  'icons/512.png': { side: 512, filled: false },
  'icons/maskable-512.png': { side: 512, filled: true },
  'icons/apple-touch-180.png': { side: 180, filled: true },
};

/** As a web app manifest lists them (https://www.w3.org/TR/appmanifest/#icons-member). */
export const manifestIcons = [
  { src: 'icons/192.png', sizes: '192x192', type: 'image/png' },
  { src: 'icons/512.png', sizes: '512x512', type: 'image/png' },
  { src: 'icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
];

export function icons(): Plugin {
  return {
    name: 'areograph-icons',
    async generateBundle() {
      const svg = readFileSync(source);
      for (const [fileName, { side, filled }] of Object.entries(sizes)) {
        const icon = sharp(svg, { density: (72 * side) / 64 }).resize(side, side);
        if (filled) icon.flatten({ background: ground });
        this.emitFile({ type: 'asset', fileName, source: await icon.png().toBuffer() });
      }
    },
    transformIndexHtml: () => [
      {
        tag: 'link',
        attrs: { rel: 'apple-touch-icon', href: 'icons/apple-touch-180.png' },
        injectTo: 'head',
      },
    ],
  };
}
