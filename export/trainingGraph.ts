/**
 * The training graph: forward pass, loss, backward pass and optimizer as ordinary ONNX operators.
 *
 * A step takes a batch and the state and gives the loss and the next state. Where the target runs a Loop on
 * the device, the graph does a chunk of steps, with the state carried by the Loop.
 */
import type { LayerKind } from '../dsl/layers.ts';
import { layerParameters, type Model } from '../dsl/model.ts';
import { backward, forward } from './autodiff.ts';
import { clipGlobalNorm } from './clipping.ts';
import { averaged } from './ema.ts';
import { Graph, type Value } from './graph.ts';
import { type Mixing, mix } from './mixup.ts';
import { modelLoss } from './modelLoss.ts';
import { applyOptimizer, slotNames } from './optimizers.ts';
import { normalize } from './preprocess.ts';
import {
  averageName,
  batchInputs,
  nextName,
  stepCount,
  type TrainingInterface,
  trainingInterface,
} from './trainingInterface.ts';
import type { TrainingOptions } from './trainingOptions.ts';

export interface TrainingGraph extends TrainingInterface {
  readonly graph: Graph;
}

/**
 * One step as a graph: inputs `images`, `labels`, `learning_rate`, ..., the state and the parameters of frozen layers;
 * outputs `loss`, `correct`, the next state.
 */
export function stepGraph(model: Model, options: TrainingOptions): TrainingGraph {
  const described = trainingInterface(model, options);
  const graph = new Graph(`${model.name}.step`);
  const batch = new Map(
    batchInputs(described).map(({ name, dtype, dims }) => [name, graph.input(name, dtype, dims)]),
  );
  const state = new Map(described.state.map(({ name, dims }) => [name, graph.input(name, 'float32', dims)]));
  const frozen = frozenInputs(graph, described);
  const { loss, correct, next } = buildStep(model, options, described, { batch, state, frozen });
  graph.output('loss', loss);
  graph.output('correct', correct);
  for (const { name } of described.state) graph.output(nextName(name), taken(next, name));
  return { ...described, graph: graph.prune() };
}

/**
 * A chunk of steps as a Loop. The inputs of a batch get an axis `steps` in front; outputs are `loss` and `correct`,
 * float32 `[steps]`, and the state after the last step. What depends on frozen layers' parameters alone (their weights
 * transformed by Winograd's algorithm) is computed before the Loop.
 */
export function chunkGraph(model: Model, options: TrainingOptions): TrainingGraph {
  const described = trainingInterface(model, options);
  const graph = new Graph(`${model.name}.chunk`);
  const chunks = new Map(
    batchInputs(described).map(({ name, dtype, dims }) => [
      name,
      graph.input(name, dtype, ['steps', ...dims]),
    ]),
  );
  const states = described.state.map(({ name, dims }) => graph.input(name, 'float32', dims));
  const frozen = frozenInputs(graph, described);

  const body = new Graph(`${model.name}.step`, graph);
  const step = body.input('step', 'int64', []);
  const goOn = body.input('go_on', 'bool', []);
  const state = new Map(
    described.state.map(({ name, dims }) => [name, body.input(`${name}.current`, 'float32', dims)]),
  );
  const batch = body.scoped(
    'batch',
    () => new Map([...chunks].map(([name, chunk]) => [name, chunk.gather(step)])),
  );
  const { loss, correct, next } = buildStep(model, options, described, { batch, state, frozen });
  body.output('go_on.next', goOn);
  for (const { name } of described.state) body.output(`${name}.stepped`, taken(next, name));
  body.output('step_loss', loss);
  body.output('step_correct', correct);

  const labels = taken(chunks, described.batch.labels.name);
  const first = graph.constant('int64', [], BigInt64Array.of(0n));
  const steps = graph.scoped('steps', () => labels.apply('Shape', {}).gather(first));
  const always = graph.constant('bool', [], Uint8Array.of(1));
  const results = graph.node('Loop', [steps, always, ...states], { body });
  const [losses, corrects] = results.slice(states.length);
  if (losses === undefined || corrects === undefined) throw new Error('the loop gives no losses');
  graph.output('loss', losses);
  graph.output('correct', corrects);
  for (const [i, { name }] of described.state.entries()) {
    const result = results[i];
    if (result !== undefined) graph.output(nextName(name), result);
  }
  return { ...described, graph: graph.prune() };
}

/** The training graph that suits the target: a chunk where it has a Loop, else a step. */
export function trainingGraph(model: Model, options: TrainingOptions): TrainingGraph {
  return options.target.loop ? chunkGraph(model, options) : stepGraph(model, options);
}

/** By name. */
type Values = ReadonlyMap<string, Value>;

interface StepInputs {
  readonly batch: Values;
  readonly state: Values;
  /** Parameters of frozen layers; in a chunk those of the graph around the Loop. */
  readonly frozen: Values;
}

interface Step {
  readonly loss: Value;
  readonly correct: Value;
  /** By name of the state tensor. */
  readonly next: Values;
}

function frozenInputs(graph: Graph, { frozen }: TrainingInterface): Values {
  return new Map(frozen.map(({ name, dims }) => [name, graph.input(name, 'float32', dims)]));
}

/** Layers whose weights decay, as is usual; biases and the parameters of norms do not. */
const decayingKinds: ReadonlySet<LayerKind> = new Set<LayerKind>(['conv2d', 'dense']);

function buildStep(
  model: Model,
  { optimizer, target, algorithms, loss: lossOptions, clipNorm = 0, ema = 0, frozen = [] }: TrainingOptions,
  described: TrainingInterface,
  { batch, state, frozen: unchanged }: StepInputs,
): Step {
  const images = taken(batch, described.batch.images.name);
  const { graph } = taken(state, stepCount);
  const mixing = mixingOf(described, batch);
  const frozenNames = new Set(frozen);
  const normalized = graph.scoped('normalize', () => normalize(images));
  const passed = forward(model, {
    input: mixing === undefined ? normalized : graph.scoped('mixup', () => mix(normalized, mixing)),
    parameters: new Map([...state, ...unchanged]),
    target,
    frozen: frozenNames,
    algorithms,
    uniform: (layer) => taken(batch, `${layer}.uniform`),
  });
  const {
    loss,
    correct,
    gradients: ofLogits,
  } = graph.scoped('loss', () =>
    modelLoss(passed, taken(batch, described.batch.labels.name), lossOptions, mixing),
  );
  const { parameters: unclipped } = backward(model, passed, ofLogits);
  const gradients =
    clipNorm > 0 ? graph.scoped('clipping', () => clipGlobalNorm(unclipped, clipNorm)) : unclipped;

  const stepsBefore = taken(state, stepCount);
  const step = graph.scoped('optimizer', () => stepsBefore.add(1));
  const next = new Map<string, Value>([[stepCount, step], ...passed.updates]);
  const trained = model.layers.filter(({ name }) => !frozenNames.has(name));
  for (const layer of trained) {
    for (const { name, role } of layerParameters(layer).filter(({ trainable }) => trainable)) {
      const slots = Object.fromEntries(
        slotNames(optimizer).map((slot) => [slot, taken(state, `${name}.${slot}`)]),
      );
      const updated = graph.scoped(`${name}.update`, () =>
        applyOptimizer(optimizer, {
          parameter: taken(state, name),
          gradient: taken(gradients, name),
          decays: role === 'weight' && decayingKinds.has(layer.kind),
          slots,
          step,
          learningRate: taken(batch, described.batch.learningRate.name),
        }),
      );
      next.set(name, updated.parameter);
      for (const [slot, value] of Object.entries(updated.slots)) next.set(`${name}.${slot}`, value);
    }
  }
  if (ema > 0) {
    for (const { name } of trained.flatMap((layer) => layerParameters(layer))) {
      const average = averageName(name);
      next.set(
        average,
        graph.scoped(average, () => averaged(taken(state, average), taken(next, name), ema, stepsBefore)),
      );
    }
  }
  return { loss, correct, next };
}

function mixingOf({ batch: { mixup } }: TrainingInterface, batch: Values): Mixing | undefined {
  if (mixup === undefined) return undefined;
  return { partner: taken(batch, mixup.partner.name), share: taken(batch, mixup.share.name) };
}

function taken(values: Values, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new Error(`the training step has no ${name}`);
  return value;
}
