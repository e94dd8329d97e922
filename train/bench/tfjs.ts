/**
 * Trains an architecture with TensorFlow.js, for the bench: the same protocol as torch_train.py. The argument names
 * the backend: cpu or wasm.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { fromArchitecture } from '../../dsl/architecture.ts';
import { runCli } from '../../dsl/cli.ts';
import { AreographError } from '../../dsl/errors.ts';
import type { Initializer, Layer, LayerAttributes, LayerKind } from '../../dsl/layers.ts';
import { layerParameters, type Model } from '../../dsl/model.ts';
import { normalization } from '../../export/preprocess.ts';
import { elementCount } from '../../export/tensorType.ts';
import { type Answer, askSchema, setupSchema } from './protocol.ts';

// The package's entry leaves the gradients out, and these modules name folders, which only `require` resolves.
createRequire(import.meta.url)('@tensorflow/tfjs-core/dist/register_all_gradients.js');

/** The layers of the zoo, channels last as TensorFlow has them; batch norm takes the statistics of the batch. */
const rules: { readonly [K in LayerKind]?: Rule<LayerAttributes[K]> } = {
  conv2d: (x, { stride, padding }, { weight, bias }) =>
    plus(tf.conv2d(images(x), images(need(weight)), stride, padding), bias),
  batchNorm: (x, { epsilon }, { weight, bias }) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, vector(mean), vector(variance), vector(need(bias)), vector(need(weight)), epsilon);
  },
  relu: (x) => tf.relu(x),
  maxPool: (x, { kernel, stride, padding }) => tf.maxPool(images(x), kernel, stride, padding),
  flatten: (x) => tf.reshape(x, [x.shape[0] ?? 0, -1]),
  dense: (x, _attributes, { weight, bias }) => plus(tf.matMul(x, need(weight)), bias),
  dropout: (x, { rate }) => tf.dropout(x, rate),
};

type Weights = Readonly<Record<string, tf.Variable>>;
type Rule<A> = (x: tf.Tensor, attributes: A, weights: Weights) => tf.Tensor;

async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const first = await lines.next();
  const setup = setupSchema.parse(JSON.parse(String(first.value)));
  await tf.setBackend(process.argv[2] ?? 'cpu');
  const model = fromArchitecture(setup.architecture);
  const { height, width, channels } = model.input;
  const { batch } = setup;
  const weights = new Map(model.layers.map((layer) => [layer.name, initialWeights(layer)]));
  const optimizer = tf.train.adam(setup.optimizer.lr);
  const pixels = readFileSync(setup.pixels);
  const labels = new Int32Array(Uint8Array.from(readFileSync(setup.labels)).buffer);
  const imageBytes = height * width * channels;
  let position = 0;
  for await (const line of { [Symbol.asyncIterator]: () => lines }) {
    const { steps } = askSchema.parse(JSON.parse(line));
    const started = performance.now();
    let total = 0;
    for (let step = 0; step < steps; step += 1) {
      if (position + batch > labels.length) position = 0;
      const bytes = pixels.subarray(position * imageBytes, (position + batch) * imageBytes);
      const input = tf.tensor4d(Float32Array.from(bytes), [batch, height, width, channels]);
      const answers = tf.tensor1d(labels.subarray(position, position + batch), 'int32');
      const target = tf.oneHot(answers, model.classes);
      const loss = optimizer.minimize(
        () => tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(target, logits(model, weights, input)),
        true,
      );
      total += (await loss?.data())?.[0] ?? Number.NaN;
      position += batch;
    }
    const answer: Answer = {
      seconds: (performance.now() - started) / 1000,
      loss: total / steps,
      peakBytes: process.resourceUsage().maxRSS * 1024,
    };
    console.log(JSON.stringify(answer));
  }
}

function logits(model: Model, weights: ReadonlyMap<string, Weights>, pixels: tf.Tensor): tf.Tensor {
  const { mean, std } = normalization;
  return model.layers
    .filter(({ kind }) => kind !== 'input' && kind !== 'softmax')
    .reduce(
      (x, layer) => applied(layer, x, weights.get(layer.name) ?? {}),
      tf.div(tf.sub(tf.div(pixels, 255), mean), std),
    );
}

function applied<K extends LayerKind>(
  { kind, name, attributes, inputs }: Layer<K>,
  x: tf.Tensor,
  weights: Weights,
) {
  const rule = rules[kind];
  if (rule !== undefined && inputs.length === 1) return rule(x, attributes, weights);
  throw new AreographError({
    code: 'model',
    where: name,
    expected: `a chain of ${Object.keys(rules).join(', ')}`,
    found: kind,
    next: 'Add --no-tfjs.',
  });
}

/** By role; kernels as `[kH, kW, in, out]`, matrices as `[in, out]`. */
function initialWeights(layer: Layer): Weights {
  const trainable = layerParameters(layer).filter((parameter) => parameter.trainable);
  return Object.fromEntries(
    trainable.map(({ role, shape: [outputs = 0, ...rest], initializer }) => {
      const [inputs, ...kernel] = rest;
      const shape = inputs === undefined ? [outputs] : [...kernel, inputs, outputs];
      const bound = 1 / Math.sqrt(elementCount(rest));
      return [role, tf.variable(start[initializer](shape, bound))];
    }),
  );
}

const start: { readonly [I in Initializer]: (shape: number[], bound: number) => tf.Tensor } = {
  fanInUniform: (shape, bound) => tf.randomUniform(shape, -bound, bound, 'float32', 1),
  zeros: (shape) => tf.zeros(shape),
  ones: (shape) => tf.ones(shape),
};

function images(x: tf.Tensor): tf.Tensor4D {
  const [n = 0, height = 0, width = 0, channels = 0] = x.shape;
  return tf.reshape<tf.Rank.R4>(x, [n, height, width, channels]);
}

function vector(x: tf.Tensor): tf.Tensor1D {
  return tf.reshape<tf.Rank.R1>(x, [x.size]);
}

function plus(x: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor {
  return bias === undefined ? x : tf.add(x, bias);
}

function need(weight: tf.Tensor | undefined): tf.Tensor {
  if (weight === undefined) throw new Error('the layer lacks a parameter');
  return weight;
}

await runCli(main);
