import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it, onTestFinished } from 'vitest';
import { chart } from '../../chart/chart.ts';
import { tinyModelFolder } from '../../runtime/tinyModel.ts';
import { startServer } from './childServer.ts';
import { memoryFigure } from './memoryFigure.ts';
import { slope } from './slope.ts';
import { soak } from './soak.ts';
import { maxBody } from './soakRequests.ts';

/** Noise does not compress: bodies so large that one kept of each request is many times what memory wavers by. */
function noise(): Promise<Uint8Array> {
  const image = { width: 256, height: 256, channels: 3, background: 'grey' } as const;
  return sharp({ create: { ...image, noise: { type: 'gaussian', mean: 128, sigma: 60 } } })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

it('answers 5,000 requests of all kinds rightly, and holds no more memory after them', async () => {
  const { folder, file } = await tinyModelFolder();
  onTestFinished(() => rm(folder, { recursive: true }));
  const files = await Promise.all([noise(), noise(), noise()]);
  const server = await startServer(
    new URL('../main.ts', import.meta.url),
    ['--model', file, '--max-body', String(maxBody)],
    join(folder, 'log'),
  );
  onTestFinished(() => server.stop());
  const requests = 5000;
  const found = await soak(server, files, { requests, connections: 16, interval: 200, seed: 1 });

  expect(found.load.wrong).toEqual({});
  expect(found.load.answers).toBe(requests);
  expect(found.samples.length).toBeGreaterThan(10);
  // MB per 10,000 requests. In four runs, one of them beside other tests: resident 3 to 32, heap -35 to -15, external -23
  // to 4. One body kept of each request makes 1,840, one answer of some kilobytes 60.
  expect(found.growth.resident).toBeLessThan(150);
  expect(found.growth.external).toBeLessThan(60);
  expect(found.growth.heap).toBeLessThan(60);

  expect(await chart(memoryFigure(found, requests))).toContain('5,000');
}, 120_000);

it('finds the slope of a line, and the best one through points that lie on none', () => {
  expect(slope([1, 2, 5].map((x) => ({ x, y: 7 - 3 * x })))).toBeCloseTo(-3, 12);
  // Deviations from the means, 1 and 4: (-1)(-3) + (0)(-1) + (1)(4) = 7, over 2.
  expect(
    slope([
      { x: 0, y: 1 },
      { x: 1, y: 3 },
      { x: 2, y: 8 },
    ]),
  ).toBeCloseTo(3.5, 12);
});
