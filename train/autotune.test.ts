/** Timing decides among algorithms that suit, for the layers that have a choice; what fails is not chosen. */
import { InferenceSession } from 'onnxruntime-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { model } from '../dsl/model.ts';
import { input } from '../dsl/tensor.ts';
import { convCandidates } from '../export/convCandidates.ts';
import { optimizerSchema } from '../export/optimizers.ts';
import { targets } from '../export/targets.ts';
import { autotune } from './autotune.ts';
import { compileTraining } from './trainingSession.ts';

const batch = 2;
const options = { device: 'cpu', threads: 1 } as const;
/** conv1 is lowered with its pool; conv3 is in groups, for which there is one algorithm. */
const declared = model(
  'small',
  input(16, 16)
    .conv2d(4, { kernel: 3, bias: false })
    .batchNorm()
    .relu()
    .maxPool({ kernel: 2 })
    .conv2d(4, { kernel: 3 })
    .conv2d(4, { kernel: 3, groups: 2 })
    .conv2d(4, { kernel: 3, stride: 2 })
    .flatten()
    .dense(3)
    .softmax(),
);
/** The first convolution has a bias, so it is lowered by itself; the others are alike. */
const plain = model(
  'plain',
  input(8, 8)
    .conv2d(3, { kernel: 3 })
    .conv2d(3, { kernel: 3 })
    .conv2d(3, { kernel: 3 })
    .flatten()
    .dense(2)
    .softmax(),
);
const compiled = (algorithms: Awaited<ReturnType<typeof autotune>>['algorithms']) => {
  const optimizer = optimizerSchema.parse({ name: 'sgd' });
  return compileTraining(declared, { batch, optimizer, target: targets.cpu, algorithms }).bytes;
};

/** Every session that is opened, its outputs, and whether it was released. */
function watchSessions(fails: (opened: number) => boolean = () => false) {
  const sessions: { readonly outputs: readonly string[]; released: boolean }[] = [];
  const create = InferenceSession.create.bind(InferenceSession);
  vi.spyOn(InferenceSession, 'create').mockImplementation(async (bytes: unknown, settings: unknown) => {
    if (!(bytes instanceof Uint8Array) || typeof settings !== 'object') throw new Error('not as expected');
    if (fails(sessions.length)) {
      sessions.push({ outputs: [], released: true });
      throw new Error('out of memory');
    }
    const session = await create(bytes, { ...settings });
    const watched = { outputs: session.outputNames, released: false };
    sessions.push(watched);
    const release = session.release.bind(session);
    session.release = async () => {
      watched.released = true;
      await release();
    };
    return session;
  });
  return sessions;
}

afterEach(() => vi.restoreAllMocks());

describe('the algorithms of a training graph', () => {
  it('make it another', () => {
    const byRule = compiled({});
    expect(compiled({})).toEqual(byRule);
    for (const { name, algorithms } of convCandidates(declared, batch)) {
      const graphs = algorithms.map((algorithm) =>
        Buffer.from(compiled({ [name]: algorithm })).toString('hex'),
      );
      expect(new Set(graphs).size, name).toBe(algorithms.length);
    }
  });
});

describe('autotune', () => {
  it('chooses for every convolution that has a choice, and for no other', async () => {
    const { algorithms, report } = await autotune(declared, batch, {}, options, () => undefined);
    expect(Object.keys(algorithms)).toEqual(['conv2', 'conv4']);
    const candidates = new Map(
      convCandidates(declared, batch).map((layer) => [layer.name, layer.algorithms]),
    );
    expect([...candidates.keys()]).toEqual(['conv2', 'conv3', 'conv4']);
    for (const [name, algorithm] of Object.entries(algorithms))
      expect(candidates.get(name)).toContain(algorithm);
    expect(report.at(-1)).toMatch(
      /^timed 2 convolutions: (all as by the rule|[\d.]+ ms .* [\d.]+ ms by choice)$/,
    );
    compiled(algorithms);
  });

  it('keeps the algorithms that are given', async () => {
    const given = { conv2: 'foldedRows' } as const;
    const { algorithms, report } = await autotune(declared, batch, given, options, () => undefined);
    expect(algorithms).toMatchObject(given);
    expect(report.at(-1)).toContain('timed 1 convolutions');
  });

  it('times equal layers once, without the gradient of images, and releases its sessions', async () => {
    const sessions = watchSessions();
    await autotune(plain, batch, {}, options, () => undefined);
    const [first, second] = convCandidates(plain, batch).map(({ algorithms }) => algorithms.length);
    expect(sessions.map(({ outputs }) => outputs.join())).toEqual([
      ...Array<string>(first ?? 0).fill('y,dw'),
      ...Array<string>(second ?? 0).fill('y,dx,dw'),
    ]);
    expect(sessions.every(({ released }) => released)).toBe(true);
  });

  it('drops what fails, and says so', async () => {
    const sessions = watchSessions((opened) => opened === 0);
    const { algorithms, report } = await autotune(plain, batch, {}, options, () => undefined);
    expect(Object.keys(algorithms)).toEqual(['conv1', 'conv2', 'conv3']);
    expect(algorithms['conv1']).not.toBe('shifts');
    expect(report[0]).toMatch(/^conv1: shifts is left out: .*out of memory/);
    expect(sessions.every(({ released }) => released)).toBe(true);
  });

  it('leaves a layer to the rule where everything fails', async () => {
    watchSessions(() => true);
    const { algorithms } = await autotune(plain, batch, {}, options, () => undefined);
    expect(algorithms).toEqual({});
  });
});
