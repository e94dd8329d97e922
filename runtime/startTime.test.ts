/** Before the first step: every zoo model's training graph compiles in under 2 s, and its session opens in under 2 s. */
import { expect, it } from 'vitest';
import { zoo } from '../dsl/zoo.ts';
import { encodeModel } from '../export/onnx.ts';
import { targets } from '../export/targets.ts';
import { trainingGraph } from '../export/trainingGraph.ts';
import { trainingOptionsSchema } from '../export/trainingOptions.ts';
import { openSession } from './session.ts';

const limitSeconds = 2;

async function seconds<T>(work: () => T | Promise<T>): Promise<{ took: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { took: (performance.now() - start) / 1000, result };
}

it.each(Object.entries(zoo))('%s at 128x128', async (_, declare) => {
  const options = trainingOptionsSchema.parse({ batch: 32 });
  const compiled = await seconds(() =>
    encodeModel(trainingGraph(declare({ size: 128 }), { ...options, target: targets.cpu }).graph),
  );
  const opened = await seconds(() => openSession(compiled.result, { device: 'cpu' }));
  await opened.result.release();
  expect(compiled.took, 'seconds to compile').toBeLessThan(limitSeconds);
  expect(opened.took, 'seconds to open').toBeLessThan(limitSeconds);
});
