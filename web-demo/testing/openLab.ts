/** For tests and benches: a test's end of lab/lab.ts. */
import type { Browser } from 'playwright-core';
import type { HeatMap } from '../../runtime/heatMap.ts';
import type { RgbImage } from '../../runtime/image.ts';
import type { Backend, BackendChoice } from '../inference/backend.ts';
import type { BuiltDemo, OpenOptions } from './builtDemo.ts';
import type { LabAnswer, LabImage } from './lab/lab.ts';
import { serveFolder } from './staticServer.ts';

/** To be built with the page: `buildDemo([labPage])`. */
export const labPage = 'testing/lab/index.html';

export interface OpenLab {
  readonly backend: Backend;
  /** Opens a model file under a key. @returns the names of its classes */
  open(key: string, model: Uint8Array): Promise<readonly string[]>;
  /** Decodes an image file as the page does. */
  decode(file: Uint8Array): Promise<RgbImage>;
  predict(key: string, image: RgbImage): Promise<LabAnswer>;
  explain(key: string, image: RgbImage, classIndex: number): Promise<HeatMap>;
  close(): Promise<void>;
}

export async function openLab(
  browser: Browser,
  { folder }: BuiltDemo,
  { choice, ...host }: Pick<OpenOptions, 'isolated'> & { readonly choice: BackendChoice },
): Promise<OpenLab> {
  const server = await serveFolder(folder, host);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${server.url}${labPage}`);
  await page.waitForFunction(() => 'lab' in globalThis);
  return {
    backend: await page.evaluate((wanted) => lab.start(wanted), choice),
    open: (key, model) =>
      page.evaluate(([key, model]) => lab.open(key, model), [key, base64(model)] as const),
    decode: async (file) => {
      const { height, width, data } = await page.evaluate((file) => lab.decode(file), base64(file));
      return { height, width, data: new Uint8Array(Buffer.from(data, 'base64')) };
    },
    predict: (key, image) =>
      page.evaluate(([key, image]) => lab.predict(key, image), [key, labImage(image)] as const),
    explain: (key, image, classIndex) =>
      page.evaluate(([key, image, classIndex]) => lab.explain(key, image, classIndex), [
        key,
        labImage(image),
        classIndex,
      ] as const),
    async close() {
      await context.close();
      await server.close();
    },
  };
}

function labImage({ height, width, data }: RgbImage): LabImage {
  return { height, width, data: base64(data) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
