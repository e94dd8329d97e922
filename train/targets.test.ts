/** What a target does with the same steps: the losses of all agree, and on WebGPU the state stays where it is. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { noiseWeights } from '../export/reference/noise.ts';
import { targets } from '../export/targets.ts';
import { relativeError } from '../export/testing/run.ts';
import { type Device, nodeRuntime } from '../runtime/session.ts';
import { devicesForTest, webgpuForTest } from '../runtime/testing.ts';
import { noiseLosses, openNoiseTraining, smallTraining, spread } from './targetLosses.ts';
import { compileTraining, TrainingSession } from './trainingSession.ts';

const training = { ...smallTraining, steps: 20 };

describe('20 steps of SGD', () => {
  it('have the same losses to 1e-3 on every device', { timeout: 300_000 }, async () => {
    const losses = new Map<Device, number[]>();
    for (const device of await devicesForTest()) {
      losses.set(device, await noiseLosses(training, await openNoiseTraining(training, device)));
    }
    const reference = losses.get('cpu') ?? [];
    expect(losses.has('wasm')).toBe(true);
    expect(new Set(reference).size).toBe(training.steps);
    for (const [device, found] of losses) expect(spread(reference, found), device).toBeLessThan(1e-3);
  });
});

describe('20 steps of SGD of the head alone', () => {
  // From the last dense layer on; the dropout before it stays active.
  const head = ['dropout1', 'dense2', 'softmax1'];
  const frozen = training.model.layers.map(({ name }) => name).filter((name) => !head.includes(name));

  it('have the same losses on every device, and give back all weights', { timeout: 300_000 }, async () => {
    const before = noiseWeights(training.model);
    const losses = new Map<Device, number[]>();
    for (const device of await devicesForTest()) {
      const session = await openNoiseTraining({ ...training, frozen }, device);
      losses.set(device, await noiseLosses(training, session));
      const after = await session.parameters();
      expect([...after.keys()].sort(), device).toEqual([...before.keys()].sort());
      const changed = [...after].flatMap(([name, { data }]) =>
        data.every((value, i) => value === before.get(name)?.[i]) ? [] : [name],
      );
      expect(changed.sort(), device).toEqual(['dense2.bias', 'dense2.weight']);
      await session.close();
    }
    const reference = losses.get('cpu') ?? [];
    expect(new Set(reference).size).toBe(training.steps);
    for (const [device, found] of losses) expect(spread(reference, found), device).toBeLessThan(1e-3);
  });

  it('need the weights of the frozen layers', async () => {
    const compiled = compileTraining(training.model, { ...training, frozen, target: targets.cpu });
    const opening = TrainingSession.open(compiled, nodeRuntime({ device: 'cpu' }), new Map());
    await expect(opening).rejects.toThrow('the frozen conv1.weight has no values');
  });
});

const profileSchema = z.array(
  z.object({
    cat: z.string(),
    args: z.object({ provider: z.string(), op_name: z.string() }).partial().optional(),
  }),
);

describe('a training session on WebGPU', () => {
  afterEach(() => vi.restoreAllMocks());

  it('runs every node there and keeps the state there', { timeout: 300_000 }, async ({ skip }) => {
    if (!(await webgpuForTest())) return skip();
    const folder = mkdtempSync(join(tmpdir(), 'areograph-'));
    const sessions: InferenceSession[] = [];
    const runs: { feeds: Record<string, Tensor>; results: Record<string, Tensor> }[] = [];
    const create = InferenceSession.create.bind(InferenceSession);
    vi.spyOn(InferenceSession, 'create').mockImplementation(async (bytes: unknown, options: unknown) => {
      if (!(bytes instanceof Uint8Array) || typeof options !== 'object') throw new Error('not as expected');
      const prefix = join(folder, `${sessions.length}`);
      const session = await create(bytes, { ...options, enableProfiling: true, profileFilePrefix: prefix });
      const run = session.run.bind(session);
      session.run = async (feeds: Record<string, Tensor>) => {
        const results = await run(feeds);
        if (sessions[0] === session) runs.push({ feeds: { ...feeds }, results: { ...results } });
        return results;
      };
      sessions.push(session);
      return session;
    });
    try {
      const few = { ...training, steps: 3 };
      const session = await openNoiseTraining(few, 'webgpu');
      await noiseLosses(few, session);
      const state = await session.state();
      for (const each of sessions) each.endProfiling();

      const placed = readdirSync(folder).flatMap((file) =>
        profileSchema
          .parse(JSON.parse(readFileSync(join(folder, file), 'utf8')))
          .flatMap(({ cat, args }) => (cat === 'Node' && args?.provider !== undefined ? [args] : [])),
      );
      expect(placed.length).toBeGreaterThan(1000);
      const elsewhere = placed.filter(
        ({ provider, op_name = '' }) =>
          provider !== 'WebGpuExecutionProvider' || op_name.startsWith('Memcpy'),
      );
      expect(elsewhere).toEqual([]);

      const [first, second, third] = runs;
      const weights = 'conv1.weight';
      expect(second?.feeds[weights]).toBe(first?.results[`${weights}.next`]);
      expect(third?.feeds[weights]?.location).toBe('none'); // Disposed of once the step was done.
      expect(third?.results[`${weights}.next`]?.location).toBe('gpu-buffer');

      const onCpu = await openNoiseTraining(few, 'cpu');
      await noiseLosses(few, onCpu);
      for (const [name, { data }] of await onCpu.state()) {
        expect(relativeError(state.get(name)?.data ?? [], data), name).toBeLessThan(1e-3);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
