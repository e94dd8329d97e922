/** Fine-tuning in plain Node: a small network, and images that differ in colour. */
import { beforeAll, describe, expect, it } from 'vitest';
import { convNet } from '../../dsl/convNet.ts';
import { parameters } from '../../dsl/model.ts';
import { initialize } from '../../export/initialize.ts';
import { encodeModelFile, readModelMetadata } from '../../export/modelFile.ts';
import { decodeInitializers } from '../../export/onnx.ts';
import { fillUniform, stream } from '../../export/random.ts';
import { type TargetName, targets } from '../../export/targets.ts';
import type { RgbImage } from '../../runtime/image.ts';
import { openOwnModel } from '../../runtime/ownModel.ts';
import { nodeRuntime } from '../../runtime/session.ts';
import { webgpuForTest } from '../../runtime/testing.ts';
import { fineTune } from './fineTuning.ts';
import type { Base, FineTuned, FineTuningParts, FineTuningProgress } from './fineTuningParts.ts';

const network = convNet('small', {
  size: 16,
  classes: 5,
  kernel: 3,
  blocks: 2,
  width: 4,
  padding: 'same',
  batchNorm: true,
  downsampling: 'max-pool',
});
const base = {
  bytes: encodeModelFile(network, initialize(network, 3), {
    classes: ['a', 'b', 'c', 'd', 'e'],
    provenance: {},
  }),
  where: 'small',
  goesOn: false,
};
/** A class for each colour: red, green and blue noise. */
const names = ['red', 'green', 'blue'];

/** Noise of a class's colour, of a size that has to be resized. */
function picture(label: number, seed: number): RgbImage {
  const [height, width] = [20, 24];
  const noise = new Float32Array(height * width * 3);
  fillUniform(stream(seed, 'picture'), noise);
  return { height, width, data: Uint8Array.from(noise, (x, i) => x * (i % 3 === label ? 255 : 130)) };
}

/** Of class 0 twenty, of the others ten each; each fifth is held back. */
const pictures = [...new Array(20).fill(0), ...new Array(10).fill(1), ...new Array(10).fill(2)].map(
  (label: number, seed) => ({ label, image: picture(label, seed), heldBack: seed % 5 === 4 }),
);

interface Outcome {
  readonly tuned: FineTuned;
  readonly progress: readonly FineTuningProgress[];
}

async function tune(
  changes: Partial<FineTuningParts['settings']> = {},
  {
    device = 'cpu',
    from = base,
    images = pictures,
    controller = new AbortController(),
    onProgress = () => undefined,
  }: {
    readonly device?: TargetName;
    readonly from?: Base;
    readonly images?: typeof pictures;
    readonly controller?: AbortController;
    readonly onProgress?: (progress: FineTuningProgress) => void;
  } = {},
): Promise<Outcome> {
  const progress: FineTuningProgress[] = [];
  const tuned = await fineTune({
    runtime: nodeRuntime({ device, threads: 1 }),
    target: targets[device],
    base: from,
    samples: images.map(({ label, image, heldBack }) => ({ label, heldBack, read: async () => image })),
    settings: {
      name: 'mine',
      classes: names,
      layers: 'head',
      epochs: 8,
      learningRate: 0.05,
      seed: 1,
      ...changes,
    },
    signal: controller.signal,
    onProgress(event) {
      progress.push(event);
      onProgress(event);
    },
  });
  return { tuned, progress };
}

function weightsOf({ tuned }: Outcome) {
  return decodeInitializers(tuned.bytes, 'the result');
}

/** Names of the parameters that are not what they were in the base. */
function changedFrom(before: ReturnType<typeof weightsOf>, outcome: Outcome): string[] {
  return [...weightsOf(outcome)]
    .flatMap(([name, { data }]) => (data.join() === before.get(name)?.data.join() ? [] : [name]))
    .sort();
}

let head: Outcome;
beforeAll(async () => {
  head = await tune();
});

describe('fine-tuning the head', () => {
  it('learns the classes, and changes nothing but the last dense layer', () => {
    expect(head.tuned.heldBack?.accuracy).toBeGreaterThan(0.95);
    const before = decodeInitializers(base.bytes, 'the base');
    expect(changedFrom(before, head)).toEqual(['dense2.bias', 'dense2.weight']);
  });

  it('makes a model file that names classes and origin, and answers as was said', async () => {
    const { bytes, heldBack, epoch } = head.tuned;
    const metadata = readModelMetadata(bytes, 'the result');
    expect(metadata.name).toBe('mine');
    expect(metadata.classes).toEqual(names);
    expect(metadata.provenance).toEqual({
      data: 'images given in the browser: red 20, green 10, blue 10',
      base: 'small',
      trained: 'the last dense layer',
      seed: 1,
      learningRate: 0.05,
      epoch,
      heldBackImages: 8,
      heldBackAccuracy: heldBack?.accuracy,
    });
    const classifier = await openOwnModel({ bytes, where: 'the result' }, nodeRuntime({ device: 'cpu' }));
    expect(heldBack?.answers.map(({ sample }) => sample)).toEqual([4, 9, 14, 19, 24, 29, 34, 39]);
    let loss = 0;
    for (const { sample, label, predicted } of heldBack?.answers ?? []) {
      const image = pictures[sample]?.image;
      const [answer] = await classifier.predict(image ? [image] : []);
      const probabilities = answer?.probabilities ?? new Float32Array();
      expect(label).toBe(pictures[sample]?.label);
      expect(probabilities.indexOf(Math.max(...probabilities))).toBe(predicted);
      loss -= Math.log(probabilities[label] ?? 0) / 8;
    }
    expect(heldBack?.loss).toBeCloseTo(loss, 5);
    await classifier.release();
  });

  it('says how far it is', () => {
    const read = head.progress.filter(({ kind }) => kind === 'images');
    expect(read.at(-1)).toEqual({ kind: 'images', done: 40, total: 40 });
    const steps = head.progress.filter((event) => event.kind === 'steps');
    // The largest class has 16 images to learn from: 48 an epoch, in batches of 16, and at least 6 steps.
    expect(steps.at(-1)).toMatchObject({ done: 48, total: 48, stepsPerEpoch: 6 });
    const epochs = head.progress.filter((event) => event.kind === 'epoch');
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const losses = epochs.map(({ heldBack }) => heldBack?.loss ?? Number.NaN);
    expect(losses.indexOf(Math.min(...losses)) + 1).toBe(head.tuned.epoch);
    expect(head.tuned.heldBack?.loss).toBe(Math.min(...losses));
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    expect((await tune()).tuned.bytes).toEqual(head.tuned.bytes);
    expect((await tune({ seed: 2 })).tuned.bytes).not.toEqual(head.tuned.bytes);
  });

  it.for(['wasm', 'webgpu'] as const)(
    'gives the losses of the CPU on %s too, to 1e-3',
    {
      timeout: 120_000,
    },
    async (device, { skip }) => {
      if (device === 'webgpu' && !(await webgpuForTest())) return skip();
      const losses = async (where: TargetName) =>
        (await tune({ epochs: 2 }, { device: where })).progress.flatMap((event) =>
          event.kind === 'epoch' ? [event.heldBack?.loss ?? Number.NaN] : [],
        );
      const expected = await losses('cpu');
      expect(expected).toHaveLength(2);
      for (const [epoch, loss] of (await losses(device)).entries()) {
        expect(loss).toBeCloseTo(expected[epoch] ?? Number.NaN, 3);
      }
    },
  );

  it('never learns from what is held back', async () => {
    const one = { epochs: 1 };
    const before = weightsOf(await tune(one));
    const withOther = (place: number) =>
      pictures.map((each, i) => (i === place ? { ...each, image: picture(each.label, 99) } : each));
    expect(changedFrom(before, await tune(one, { images: withOther(4) }))).toEqual([]);
    expect(changedFrom(before, await tune(one, { images: withOther(5) }))).toEqual([
      'dense2.bias',
      'dense2.weight',
    ]);
  });
});

describe('fine-tuning', () => {
  it('takes over nothing that was measured of the base: its head is another', async () => {
    const about = { classes: ['a', 'b', 'c', 'd', 'e'], provenance: {} };
    const calibrated = { ...about, temperature: 2, mirror: true, energyThreshold: -1 };
    const bytes = encodeModelFile(network, initialize(network, 3), calibrated);
    const { tuned } = await tune({ epochs: 1 }, { from: { ...base, bytes } });
    expect(tuned.bytes).toEqual((await tune({ epochs: 1 })).tuned.bytes);
    const metadata = readModelMetadata(tuned.bytes, 'the result');
    expect(metadata).toMatchObject({ temperature: 1, mirror: false });
    expect(metadata.energyThreshold).toBeUndefined();
  });

  it('of all layers changes each of them', async () => {
    const all = await tune({ layers: 'all', epochs: 2 });
    const before = decodeInitializers(base.bytes, 'the base');
    expect(changedFrom(before, all)).toEqual(
      parameters(network)
        .map(({ name }) => name)
        .sort(),
    );
    expect(readModelMetadata(all.tuned.bytes, 'the result').provenance['trained']).toBe('all layers');
  });

  it('goes on from its result, and is never worse than that', async () => {
    const from = { bytes: head.tuned.bytes, where: 'the result', goesOn: true };
    const more = await tune({ layers: 'all', learningRate: 0.001, epochs: 3 }, { from });
    const [start, ...epochs] = more.progress.filter((event) => event.kind === 'epoch');
    expect(start?.epoch).toBe(0);
    expect(start?.heldBack?.loss).toBeCloseTo(head.tuned.heldBack?.loss ?? Number.NaN, 5);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    // At such a rate nothing is learned, and what was known is lost.
    const worse = await tune({ layers: 'all', learningRate: 10, epochs: 2 }, { from });
    expect(worse.tuned.epoch).toBe(0);
    expect(changedFrom(weightsOf(head), worse)).toEqual([]);
  });

  it('keeps the best so far when it is stopped, and at least what it has', async () => {
    const controller = new AbortController();
    const stopped = await tune(
      { epochs: 100 },
      {
        controller,
        onProgress: (event) => event.kind === 'epoch' && event.epoch === 3 && controller.abort(),
      },
    );
    const epochs = stopped.progress.filter((event) => event.kind === 'epoch');
    expect(epochs).toHaveLength(3);
    expect(stopped.tuned.heldBack?.loss).toBe(
      Math.min(...epochs.map(({ heldBack }) => heldBack?.loss ?? Number.NaN)),
    );

    const early = new AbortController();
    const first = await tune(
      { epochs: 100 },
      { controller: early, onProgress: (event) => event.kind === 'steps' && early.abort() },
    );
    expect(first.progress.filter(({ kind }) => kind === 'steps')).toHaveLength(1);
    expect(first.tuned.epoch).toBe(1);
    expect(first.tuned.heldBack?.answers).toHaveLength(8);
  });

  it('holds nothing back of a handful of images, and keeps the last epoch', async () => {
    const few = [pictures[0], pictures[1], pictures[20], pictures[30]].flatMap((each) => each ?? []);
    const { tuned, progress } = await tune({ epochs: 3 }, { images: few });
    expect(tuned.heldBack).toBeUndefined();
    expect(tuned.epoch).toBe(3);
    expect(progress.at(-1)).toEqual({ kind: 'epoch', epoch: 3, heldBack: undefined });
    expect(readModelMetadata(tuned.bytes, 'the result').provenance).not.toHaveProperty('heldBackAccuracy');
  });

  it('says what to do if it diverges', async () => {
    await expect(tune({ layers: 'all', learningRate: 1e30 })).rejects.toThrow(
      /training diverged. Train again with a lower learning rate than 1e\+30/,
    );
  });

  it('ends without a result if it is stopped before the first step', async () => {
    const controller = new AbortController();
    const stopped = tune({}, { controller, onProgress: () => controller.abort() });
    await expect(stopped).rejects.toThrow('aborted');
  });
});
