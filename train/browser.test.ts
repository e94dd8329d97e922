/** The training graph in a browser: two steps in headless Chromium, by onnxruntime-web, give the CPU's losses. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noiseWeights } from '../export/reference/noise.ts';
import { targets } from '../export/targets.ts';
import { elementCount } from '../export/tensorType.ts';
import { browserForTest } from '../export/testing/browser.ts';
import { batchInputs } from '../export/trainingInterface.ts';
import { noiseChunk, noiseLosses, openNoiseTraining, smallTraining, spread } from './targetLosses.ts';
import { compileTraining } from './trainingSession.ts';

const training = { ...smallTraining, steps: 2 };

/** What the page fetches, by path. */
type Files = ReadonlyMap<string, Uint8Array>;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Serves files on a free port while `use` runs. */
async function serving<T>(files: Files, use: (origin: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const bytes = files.get(path);
    response.writeHead(bytes === undefined ? 404 : 200, {
      'content-type': contentTypes[extname(path)] ?? 'application/octet-stream',
    });
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return await use(`http://127.0.0.1:${address.port}`);
  } finally {
    server.close();
  }
}

/** The training graph, the runtime, and what is fed. */
function filesOfTraining() {
  const compiled = compileTraining(training.model, { ...training, target: targets.wasm });
  const { training: graph } = compiled;
  const chunk = noiseChunk(training, graph.batch.uniform, 0, training.steps);
  const weights = noiseWeights(training.model);
  const batch = new Map<string, Uint8Array | Int32Array | Float32Array>([
    [graph.batch.images.name, chunk.images],
    [graph.batch.labels.name, chunk.labels],
    [graph.batch.learningRate.name, chunk.learningRates],
    ...chunk.uniform,
  ]);
  const fed = [
    ...batchInputs(graph).map(({ name, dtype, dims }) => ({
      name,
      dtype,
      dims: [training.steps, ...dims],
      data: batch.get(name),
    })),
    ...graph.state.map(({ name, dims }) => ({
      name,
      dtype: 'float32',
      dims,
      data: weights.get(name) ?? new Float32Array(elementCount(dims)),
    })),
  ];
  const wasm = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
  const runtime = ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'];
  const files: Files = new Map<string, Uint8Array>([
    ['/index.html', new TextEncoder().encode('<!doctype html><title>training</title>')],
    ['/model.onnx', compiled.bytes],
    ...runtime.map((file) => [`/${file}`, readFileSync(join(dirname(wasm), file))] as const),
    ...fed.map(({ name, data }) => {
      if (data === undefined) throw new Error(`nothing to feed ${name}`);
      return [`/${name}`, new Uint8Array(data.buffer)] as const;
    }),
  ]);
  return { files, inputs: fed.map(({ name, dtype, dims }) => ({ name, dtype, dims })) };
}

/** Runs in the page: as a string, since the tools that transpile this file would change it. */
const trainInPage = `async (inputs) => {
  const { InferenceSession, Tensor } = await import('/ort.wasm.bundle.min.mjs');
  const bytes = async (path) => (await fetch(path)).arrayBuffer();
  const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
  const session = await InferenceSession.create(await bytes('/model.onnx'), { executionProviders: ['wasm'] });
  const feeds = {};
  for (const { name, dtype, dims } of inputs) {
    feeds[name] = new Tensor(dtype, new arrays[dtype](await bytes('/' + name)), dims);
  }
  const { loss } = await session.run(feeds);
  return Array.from(loss.data);
}`;

describe('two steps of SGD in Chromium', () => {
  it('have the losses of the CPU to 1e-3', { timeout: 120_000 }, async ({ skip }) => {
    const browser = await browserForTest();
    if (browser === undefined) return skip();
    const { files, inputs } = filesOfTraining();
    try {
      const losses = await serving(files, async (origin) => {
        const page = await browser.newPage();
        await page.goto(`${origin}/index.html`);
        return page.evaluate<number[]>(`(${trainInPage})(${JSON.stringify(inputs)})`);
      });
      const expected = await noiseLosses(training, await openNoiseTraining(training, 'cpu'));
      expect(losses).toHaveLength(training.steps);
      expect(spread(expected, losses)).toBeLessThan(1e-3);
    } finally {
      await browser.close();
    }
  });
});
