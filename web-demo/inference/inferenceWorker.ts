/** The worker behind `inference.ts`: one onnxruntime-web, and the models that are open. */
import { expose } from 'comlink';
import type { Classifier } from '../../runtime/classifier.ts';
import { openOwnModel } from '../../runtime/ownModel.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type Backend, type BackendChoice, chooseBackend } from './backend.ts';
import type { Inference, OpenedModel } from './inference.ts';
import { Queue } from './queue.ts';
import { type Understanding, understand } from './understanding.ts';
import { webRuntime } from './webRuntime.ts';

interface Open {
  readonly classifier: Classifier;
  readonly understanding: Understanding;
}

let runtime: Runtime | undefined;
const models = new Map<string, Open>();

const queue = new Queue();

const inference: Inference = {
  start: (choice) =>
    queue.run(async () => {
      const started = await start(choice);
      runtime = started.runtime;
      return started.backend;
    }),

  open: (key, bytes) => queue.run(() => open(key, bytes)),

  predict: (key, image) =>
    queue.run(async () => {
      const { classifier } = opened(key);
      const began = performance.now();
      const [prediction] = await classifier.predict([image]);
      if (prediction === undefined) throw new Error('no answer for the image');
      return { ...prediction, milliseconds: performance.now() - began };
    }),

  explain: (key, image, classIndex) => queue.run(() => opened(key).classifier.explain(image, classIndex)),
  features: (key, image, layer) => queue.run(() => opened(key).understanding.features(image, layer)),
  filters: (key) => queue.run(async () => opened(key).understanding.filters()),
};

async function start(
  choice: BackendChoice,
): Promise<{ readonly backend: Backend; readonly runtime: Runtime }> {
  const backend = await chooseBackend(choice);
  try {
    return { backend, runtime: await webRuntime(backend) };
  } catch (error) {
    // A GPU that does not start keeps nobody from computing who did not ask for it.
    if (choice === 'auto' && backend.name === 'webgpu') return start('wasm');
    throw error;
  }
}

async function open(key: string, bytes: Uint8Array): Promise<OpenedModel> {
  if (runtime === undefined) throw new Error('start comes first');
  const source = { bytes, where: key };
  const classifier = await openOwnModel(source, runtime);
  // The first run prepares kernels and memory: later ones take the time that counts.
  await classifier.predict([{ height: 1, width: 1, data: new Uint8Array(3) }]);
  const before = models.get(key);
  await before?.classifier.release();
  await before?.understanding.release();
  const understanding = understand(source, runtime);
  models.set(key, { classifier, understanding });
  return { description: classifier.description, summary: understanding.summary };
}

function opened(key: string): Open {
  const model = models.get(key);
  if (model === undefined) throw new Error(`${key} is not open`);
  return model;
}

expose(inference);
