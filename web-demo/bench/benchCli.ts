/** npm run bench:demo: the built page's first answer, and its predictions beside onnxruntime-node's, by turns in one run. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { positiveInteger, runCli } from '../../dsl/cli.ts';
import { decodeImage } from '../../runtime/decode.ts';
import type { RgbImage } from '../../runtime/image.ts';
import { openOwnModel } from '../../runtime/ownModel.ts';
import { nodeRuntime } from '../../runtime/session.ts';
import { freshModel } from '../../serve/bench/freshModel.ts';
import { machine } from '../../serve/bench/machine.ts';
import { DRAWINGS } from '../../train/data/drawings.ts';
import { drawPicture } from '../../train/data/synthetic.ts';
import { type BuiltDemo, buildDemo } from '../testing/builtDemo.ts';
import { modelsOf } from '../testing/builtModels.ts';
import { labPage, type OpenLab, openLab } from '../testing/openLab.ts';
import { softwareGpu } from '../testing/softwareGpu.ts';
import { type BenchResults, barModel, type Round, summarize, toMarkdown } from './benchResults.ts';
import { openBrowser } from './browser.ts';
import { coldLoad } from './coldLoad.ts';
import { steadyTime } from './steady.ts';

const command = new Command('bench:demo')
  .description(
    "Measures the built page: from opening it to its first answer, and predictions beside onnxruntime-node's.",
  )
  .option('--rounds <n>', 'turns that count; one comes first to warm up', positiveInteger, 5)
  .option('--predictions <n>', 'of which the median is taken', positiveInteger, 20)
  .option('--out <file>', 'JSON with all rounds', 'results/demo/bench.json');

/** A second each, and never compared with anything. */
const softwarePredictions = 3;

async function main(): Promise<void> {
  command.parse();
  const { rounds, predictions, out } = command.opts();
  const [loadBefore = 0] = loadavg();
  // As large as most Mars images.
  const drawing = await sharp(await drawPicture(DRAWINGS.wheel, 1))
    .resize(256, 256, { fit: 'fill' })
    .png()
    .toBuffer();
  const image = await decodeImage(drawing);
  const demo = await buildDemo([labPage]);
  const browser = await openBrowser();
  try {
    const models = new Map([[barModel, freshModel()]]);
    for (const { name, file } of await modelsOf(demo)) models.set(name, await readFile(file));
    const measured = await measure({ browser, demo, models, image, rounds, predictions });
    const results: BenchResults = {
      machine: machine(),
      loadBefore,
      browser: `Chromium ${browser.version()}`,
      image: { width: image.width, height: image.height },
      ...summarize(measured),
      softwareGpu: await measureSoftwareGpu(demo, image),
    };
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, `${JSON.stringify(results, null, 2)}\n`);
    console.log(toMarkdown(results));
  } finally {
    await browser.close();
    await demo.remove();
  }
}

interface Measuring {
  readonly browser: Browser;
  readonly demo: BuiltDemo;
  /** Model files by name. */
  readonly models: ReadonlyMap<string, Uint8Array>;
  readonly image: RgbImage;
  readonly rounds: number;
  readonly predictions: number;
}

async function measure(measuring: Measuring): Promise<Round[]> {
  const { browser, demo, models, rounds } = measuring;
  // WebAssembly has threads where the page is isolated.
  const labs: OpenLab[] = [];
  for (const isolated of [false, true]) labs.push(await openLab(browser, demo, { choice: 'wasm', isolated }));
  try {
    for (const lab of labs) for (const [name, bytes] of models) await lab.open(name, bytes);
    const measured: Round[] = [];
    await measureRound(measuring, labs);
    for (let round = 1; round <= rounds; round += 1) {
      console.error(`round ${round} of ${rounds}`);
      measured.push(await measureRound(measuring, labs));
    }
    return measured;
  } finally {
    for (const lab of labs) await lab.close();
  }
}

async function measureRound(
  { browser, demo, models, image, predictions }: Measuring,
  labs: readonly OpenLab[],
): Promise<Round> {
  const plain = await coldLoad(browser, demo);
  const isolated = await coldLoad(browser, demo, { isolated: true });
  const steady: Record<string, Round['steady'][string]> = {};
  for (const [name, bytes] of models) {
    const times: Record<string, number> = {};
    for (const lab of labs) {
      times[lab.backend.threads] = await steadyTime(async () => {
        const { milliseconds } = await lab.predict(name, image);
        return milliseconds;
      }, predictions);
    }
    steady[name] = { browser: times, node: await timeInNode(name, bytes, image, predictions) };
  }
  return { coldLoad: { plain, isolated }, steady };
}

async function timeInNode(
  name: string,
  bytes: Uint8Array,
  image: RgbImage,
  predictions: number,
): Promise<number> {
  const classifier = await openOwnModel({ bytes, where: name }, nodeRuntime({ device: 'cpu', threads: 1 }));
  try {
    return await steadyTime(async () => {
      const began = performance.now();
      await classifier.predict([image]);
      return performance.now() - began;
    }, predictions);
  } finally {
    await classifier.release();
  }
}

async function measureSoftwareGpu(demo: BuiltDemo, image: RgbImage): Promise<BenchResults['softwareGpu']> {
  const browser = await openBrowser(softwareGpu);
  try {
    const lab = await openLab(browser, demo, { choice: 'webgpu' });
    const model = barModel;
    await lab.open(model, freshModel());
    const milliseconds = await steadyTime(
      async () => (await lab.predict(model, image)).milliseconds,
      softwarePredictions,
    );
    await lab.close();
    return { adapter: 'SwiftShader, in software', model, milliseconds };
  } finally {
    await browser.close();
  }
}

await runCli(main);
