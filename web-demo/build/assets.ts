/** What the page needs besides its code: models and their catalogue, drawn pictures, the palette. */
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';
import { paletteStyle } from '../../chart/theme.ts';
import { DRAWINGS } from '../../train/data/drawings.ts';
import { drawPicture } from '../../train/data/synthetic.ts';
import {
  type Catalogue,
  catalogueFile,
  exampleClasses,
  exampleFile,
  examples,
  lessonClasses,
  lessonFile,
  lessonSize,
} from '../catalogue.ts';
import { packedModels } from './models.ts';

/** The stylesheet of the reports' colours, which pages import under this name. */
const paletteId = 'virtual:palette.css';

export function assets(): Plugin {
  const models = packedModels().map((model) => ({
    ...model,
    // As Vite names its own: another name for other bytes, so that a file of this name may be kept for ever.
    file: `assets/${model.name}-${createHash('sha256').update(model.bytes).digest('base64url').slice(0, 8)}.onnx`,
  }));
  const catalogue: Catalogue = models.map(({ name, file, bytes, weightType }) => ({
    name,
    file,
    bytes: bytes.length,
    weightType,
  }));
  return {
    name: 'areograph-assets',
    resolveId: (id) => (id === paletteId ? `\0${paletteId}` : undefined),
    load: (id) => (id === `\0${paletteId}` ? paletteStyle : undefined),
    async generateBundle() {
      for (const { file, bytes } of models) {
        this.emitFile({ type: 'asset', fileName: file, source: bytes });
      }
      this.emitFile({ type: 'asset', fileName: catalogueFile, source: JSON.stringify(catalogue) });
      for (const name of exampleClasses) {
        const source = await drawPicture(DRAWINGS[name], examples[name]);
        this.emitFile({ type: 'asset', fileName: exampleFile(name), source });
      }
      for (const name of lessonClasses) {
        for (let picture = 0; picture < lessonSize; picture += 1) {
          const source = await drawPicture(DRAWINGS[name], 1 + picture);
          this.emitFile({ type: 'asset', fileName: lessonFile(name, picture), source });
        }
      }
    },
    transformIndexHtml: () =>
      // Asked for while the code is still on its way; the code asks for them again, in the same way.
      [catalogueFile, catalogue[0]?.file ?? ''].map((href) => ({
        tag: 'link',
        attrs: { rel: 'preload', as: 'fetch', crossorigin: true, href },
        injectTo: 'head' as const,
      })),
  };
}
