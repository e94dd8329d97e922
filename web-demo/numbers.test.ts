/** The page's numbers are the server's, and PyTorch's. */
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModelFile } from '../export/modelFile.ts';
import { gradCamRequest, readGradCam } from '../export/reference/gradCam.ts';
import { browserForTest } from '../export/testing/browser.ts';
import { brightness, brightnessModel } from '../runtime/brightnessModel.ts';
import { resultsSchema } from '../serve/results.ts';
import { startServer, type TestServer } from '../serve/testing/testServer.ts';
import { DRAWINGS } from '../train/data/drawings.ts';
import { drawPicture } from '../train/data/synthetic.ts';
import type { BackendChoice } from './inference/backend.ts';
import { answerOf, scoresOf } from './testing/asking.ts';
import { type BuiltDemo, buildDemo, openDemo } from './testing/builtDemo.ts';
import { type BuiltModel, modelsOf } from './testing/builtModels.ts';
import { labPage, type OpenLab, openLab } from './testing/openLab.ts';
import { softwareGpu } from './testing/softwareGpu.ts';

const browser = await browserForTest(softwareGpu);
let demo: BuiltDemo;
let model: BuiltModel;
let server: TestServer;

beforeAll(async () => {
  demo = await buildDemo([labPage]);
  const [first] = await modelsOf(demo);
  if (first === undefined) throw new Error('the page has no models');
  model = first;
  server = await startServer('--model', model.file);
});
afterAll(async () => {
  server.child.kill();
  await Promise.all([server.closed, browser?.close()]);
  await demo.remove();
});

/** PNGs, which every decoder reads alike. */
async function png(
  name: keyof typeof DRAWINGS,
  change: (drawing: Sharp) => Sharp = (it) => it,
): Promise<Buffer> {
  return change(sharp(await drawPicture(DRAWINGS[name], 1)))
    .png()
    .toBuffer();
}

/** What the server says of an image: the probability of each class. */
async function askServer(file: Buffer): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${server.url}/classify`, { method: 'POST', body: new Uint8Array(file) });
  const { results } = resultsSchema.parse(await response.json());
  const [answer] = results;
  if (answer === undefined || !('classes' in answer)) throw new Error('the server classified nothing');
  return new Map(answer.classes.map(({ class: name, probability }) => [name, probability]));
}

/** The largest difference of two lists. */
function difference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? Number.NaN))));
}

async function withLab(choice: BackendChoice, use: (lab: OpenLab) => Promise<void>): Promise<void> {
  if (browser === undefined) throw new Error('no browser');
  const lab = await openLab(browser, demo, { choice });
  try {
    await use(lab);
  } finally {
    await lab.close();
  }
}

describe.skipIf(browser === undefined)('the page', () => {
  it.each([
    { choice: 'wasm', pictures: 7 },
    // In software, where each takes a second.
    { choice: 'webgpu', pictures: 2 },
  ] as const)("gives the server's probabilities by $choice", async ({ choice, pictures }) => {
    const files = {
      wheel: await png('wheel'),
      'with transparent parts': await png('wheel', (it) =>
        it.composite([
          {
            input: Buffer.from(
              '<svg width="100" height="90"><rect width="60" height="50" opacity="0.4"/></svg>',
            ),
            blend: 'dest-out',
            gravity: 'northwest',
          },
        ]),
      ),
      'drill holes': await png('drill holes'),
      'of grey': await png('horizon', (it) => it.toColourspace('b-w')),
      small: await png('mastcam cal target', (it) => it.resize(23, 17)),
      large: await png('wheel', (it) => it.resize(1201, 1100, { fit: 'fill' })),
      high: await png('horizon', (it) => it.resize(40, 700, { fit: 'fill' })),
    };
    await withLab(choice, async (lab) => {
      expect(lab.backend.name).toBe(choice);
      const classes = await lab.open(model.name, await readFile(model.file));
      for (const [name, file] of Object.entries(files).slice(0, pictures)) {
        const expected = await askServer(file);
        const { probabilities } = await lab.predict(model.name, await lab.decode(file));
        const inOrder = classes.map((each) => expected.get(each) ?? Number.NaN);
        // Blending rounds otherwise in the browser: some pixels differ by one.
        const bound = name === 'with transparent parts' ? 1e-2 : 1e-3;
        expect(difference(probabilities, inOrder), name).toBeLessThan(bound);
      }
    });
  });

  it.each(['wasm', 'webgpu'] as const)(
    'gives the energies that are worked out by hand, by %s',
    async (choice) => {
      await withLab(choice, async (lab) => {
        await lab.open('bright', brightnessModel());
        for (const level of [0, 100, 255]) {
          const data = new Uint8Array(3 * 9 * 7).fill(level);
          const { probabilities, energy } = await lab.predict('bright', { height: 9, width: 7, data });
          expect(energy).toBeCloseTo(brightness.energyOf(level), 4);
          expect(difference(probabilities, brightness.probabilities)).toBeLessThan(1e-4);
        }
      });
    },
  );

  it('shows them', async () => {
    if (browser === undefined) throw new Error('no browser');
    const { page, close } = await openDemo(browser, demo);
    try {
      const buffer = await png('drill holes', (it) => it.resize(99, 131, { fit: 'fill' }));
      const expected = await askServer(buffer);
      const file = { name: 'holes.png', mimeType: 'image/png', buffer };
      await page.getByLabel('Choose images').setInputFiles(file);
      await answerOf(page, model.name).first().waitFor();
      const shown = await scoresOf(page, model.name);
      expect([...shown.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [name, probability] of expected) {
        expect(Math.abs((shown.get(name) ?? Number.NaN) - probability), name).toBeLessThan(1e-3);
      }
    } finally {
      await close();
    }
  });

  it.each(['wasm', 'webgpu'] as const)("gives PyTorch's Grad-CAM map by %s", async (choice) => {
    const { model, weights, images } = gradCamRequest(0);
    const classes = Array.from({ length: model.classes }, (_, i) => `class ${i}`);
    // Of what a class was seen by, neither the temperature nor the mirror image is a part.
    const about = { classes, provenance: {}, temperature: 2, mirror: true };
    const file = encodeModelFile(model, weights, about);
    const reference = readGradCam();
    await withLab(choice, async (lab) => {
      await lab.open('reference', file);
      for (const [label, map] of reference.maps.entries()) {
        const { height, width, values } = await lab.explain(
          'reference',
          { ...model.input, data: images },
          label,
        );
        expect([height, width]).toEqual([reference.height, reference.width]);
        const largest = Math.max(...map);
        expect(
          difference(
            values,
            map.map((value) => value / largest),
          ),
        ).toBeLessThan(1e-3);
      }
    });
  });

  it("gives the server's Grad-CAM map", async () => {
    const file = await png('wheel');
    const response = await fetch(`${server.url}/classify?explain=wheel`, {
      method: 'POST',
      body: new Uint8Array(file),
    });
    const [answer] = resultsSchema.parse(await response.json()).results;
    const expected = answer !== undefined && 'explanation' in answer ? answer.explanation : undefined;
    await withLab('wasm', async (lab) => {
      const classes = await lab.open(model.name, await readFile(model.file));
      const found = await lab.explain(model.name, await lab.decode(file), classes.indexOf('wheel'));
      expect(difference(found.values, expected?.values ?? [])).toBeLessThan(1e-3);
    });
  });
});
