/** npm run bench:decoding: how far the browser's decoding of JPEGs is from the server's, and what it does to the answers. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { max, maxIndex, mean } from 'd3-array';
import sharp from 'sharp';
import { positiveInteger, runCli } from '../../dsl/cli.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { openOwnModel } from '../../runtime/ownModel.ts';
import { nodeRuntime } from '../../runtime/session.ts';
import { readDataset } from '../../train/data/dataset.ts';
import { locateDataset } from '../../train/data/locate.ts';
import { buildDemo } from '../testing/builtDemo.ts';
import { modelsOf } from '../testing/builtModels.ts';
import { compareImages, type ImageDifference } from '../testing/compareImages.ts';
import { labPage, openLab } from '../testing/openLab.ts';
import { openBrowser } from './browser.ts';
import type { DecodingResults } from './decodingResults.ts';

const command = new Command('bench:decoding')
  .description('Decodes JPEGs of the val split in the browser and by sharp, and compares pixels and answers.')
  .option('--data <dir>', 'the images (default: MSL_IMAGES or msl-images/)')
  .option('--images <n>', 'how many, evenly over the split', positiveInteger, 200)
  .option('--out <file>', 'JSON with the figures', 'results/demo/decoding.json');

interface Compared {
  readonly pixels: ImageDifference;
  /** By how much the page's probability of a class differs at most from the server's. */
  readonly change: number;
  readonly sameTop: boolean;
}

await runCli(async () => {
  command.parse();
  const { data, images, out } = command.opts();
  const { directory } = await locateDataset({ data });
  const { name, synthetic, splits } = readDataset(directory);
  const step = Math.max(1, Math.floor(splits.val.length / images));
  const files = splits.val.filter((_, i) => i % step === 0).slice(0, images);

  const demo = await buildDemo([labPage]);
  const browser = await openBrowser();
  try {
    const [model] = await modelsOf(demo);
    if (model === undefined) throw new Error('the page has no models');
    const bytes = await readFile(model.file);
    const lab = await openLab(browser, demo, { choice: 'wasm' });
    await lab.open(model.name, bytes);
    const classifier = await openOwnModel({ bytes, where: model.name }, nodeRuntime({ device: 'cpu' }));
    const compared: Compared[] = [];
    for (const { file } of files) {
      const jpeg = await readFile(file);
      const [here, there] = [await decodeImage(jpeg), await lab.decode(jpeg)];
      const [{ probabilities: ours } = { probabilities: [] }] = await classifier.predict([here]);
      const { probabilities: theirs } = await lab.predict(model.name, there);
      compared.push({
        pixels: compareImages(there, here),
        change: max(ours, (p, i) => Math.abs(p - (theirs[i] ?? Number.NaN))) ?? Number.NaN,
        sameTop: maxIndex(ours) === maxIndex(theirs),
      });
    }
    await lab.close();
    const results: DecodingResults = {
      browser: `Chromium ${browser.version()}`,
      libvips: sharp.versions.vips,
      model: model.name,
      data: { name, synthetic, split: 'val', images: compared.length },
      pixels: {
        largest: max(compared, ({ pixels }) => pixels.largest) ?? Number.NaN,
        mean: mean(compared, ({ pixels }) => pixels.mean) ?? Number.NaN,
        differing: mean(compared, ({ pixels }) => pixels.differing) ?? Number.NaN,
      },
      answers: {
        largestChange: max(compared, ({ change }) => change) ?? Number.NaN,
        sameTop: mean(compared, ({ sameTop }) => (sameTop ? 1 : 0)) ?? Number.NaN,
      },
    };
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, `${JSON.stringify(results, null, 2)}\n`);
    console.log(JSON.stringify(results, null, 2));
  } finally {
    await browser.close();
    await demo.remove();
  }
});
