/** Gets a run ready: data, model, graph, caches, first weights; new or from its folder. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release } from 'node:os';
import { join } from 'node:path';
import { env } from 'onnxruntime-node';
import { z } from 'zod';
import { fromArchitecture, toArchitecture } from '../dsl/architecture.ts';
import { AreographError } from '../dsl/errors.ts';
import { loadModel } from '../dsl/load.ts';
import type { Model } from '../dsl/model.ts';
import { resized } from '../dsl/resized.ts';
import type { ZooOptions } from '../dsl/zoo.ts';
import { initialize } from '../export/initialize.ts';
import { dataOf } from '../export/namedTensor.ts';
import { targets } from '../export/targets.ts';
import { trainingInterface } from '../export/trainingInterface.ts';
import { chooseDevice, type Device, nodeRuntime } from '../runtime/session.ts';
import { autotune } from './autotune.ts';
import { balancedWeights } from './classWeights.ts';
import { type RunConfig, start } from './config.ts';
import { type Dataset, readDataset, type Split } from './data/dataset.ts';
import { permutedCache } from './data/permutedPixels.ts';
import { openPixelCache } from './data/pixelCache.ts';
import { projectRoot } from './data/projectRoot.ts';
import { Evaluator } from './evaluator.ts';
import { startFrom } from './initialWeights.ts';
import { openPreprocessing, type Preprocessing } from './preprocess.ts';
import { RunFolder } from './runFolder.ts';
import type { RunOptions } from './runOptions.ts';
import type { TrainerParts } from './trainer.ts';
import { type CompiledTraining, compileTraining, TrainingSession } from './trainingSession.ts';

export interface NewRun {
  readonly options: RunOptions;
  /** Default: what `options.model` names. */
  readonly declare?: (zoo: ZooOptions) => Model;
  /** Folder of the images. */
  readonly data: string;
  readonly out: string;
}

export interface Started extends Omit<TrainerParts, 'events' | 'signal' | 'checkpointSeconds'> {
  readonly dataset: Dataset;
  /** What is worth telling: what --init took over; what is no longer as it was when the run began. */
  readonly notes: readonly string[];
}

/** Told what is being prepared, and how much of it is done. */
export type OnPrepare = (task: string, done: number, total: number) => void;

/** @throws AreographError for whatever is wrong, before anything is trained */
export async function startRun(
  { options, declare, data, out }: NewRun,
  onPrepare: OnPrepare,
): Promise<Started> {
  RunFolder.requireUnused(out);
  const device = await chooseDevice(options.device);
  const dataset = readDataset(data);
  const zoo = {
    classes: dataset.classes.length,
    ...(options.size === undefined ? {} : { size: options.size }),
  };
  const model = declare === undefined ? await loadModel(options.model, zoo) : declare(zoo);
  requireFit(model, dataset);
  const training = trainingOptions(options, dataset, device);
  const { batch, loss } = training;
  const { optimizer, clipNorm, mixup, ema } = options;
  const threads = options.threads ?? availableParallelism();
  // What may be refused comes before what takes its time.
  const trainSize = options.trainSize ?? model.input.height;
  const crop = options.crop ?? trainSize;
  const trained = trainedModel(model, trainSize, crop);
  trainingInterface(trained, training);
  const fresh = initialize(model, options.seed);
  const first = options.init === undefined ? undefined : startFrom(options.init, model, fresh);
  const preprocessing = await openPreprocessing(model.input);
  const caches = await openCaches(model, dataset, { ...options, trainSize }, preprocessing, onPrepare);
  const { algorithms, report } = options.autotune
    ? await autotune(trained, batch, options.algorithms, { device, threads }, (done, total) =>
        onPrepare('timing convolutions', done, total),
      )
    : { algorithms: options.algorithms, report: [] };
  const compiled = compileTraining(trained, { ...training, algorithms });
  const config: RunConfig = {
    data: {
      directory: dataset.directory,
      name: dataset.name,
      fingerprint: dataset.fingerprint,
      synthetic: dataset.synthetic,
      classes: [...dataset.classes],
    },
    architecture: toArchitecture(model),
    trainSize,
    crop,
    batch,
    optimizer,
    loss,
    clipNorm,
    mixup,
    ema,
    algorithms,
    epochs: options.epochs,
    learningRate: options.learningRate,
    schedule: options.schedule,
    augmentation: options.augmentation,
    classBalance: options.classBalance,
    selfTraining: options.selfTraining,
    permutePixels: options.permutePixels,
    monitor: options.monitor,
    weightType: options.weightType,
    mirror: options.mirror,
    patience: options.patience,
    seed: options.seed,
    device,
    threads,
    init: options.init ?? null,
    graph: hashOf(compiled),
    preprocessing: preprocessing.key,
    environment: environment(),
  };
  const sessions = await openSessions(model, compiled, config, first?.weights ?? fresh);
  const folder = RunFolder.create(out, config);
  // Before the first step, so that a run can be resumed from its very beginning.
  folder.writeLast({ tensors: await sessions.session.state(), progress: start });
  return {
    model,
    config,
    folder,
    ...caches,
    ...sessions,
    progress: start,
    dataset,
    notes: [
      ...(first === undefined ? [] : [`starting from ${first.report}`]),
      ...report,
      ...(batch < options.batch ? [`batches of ${batch}: there are no more training images`] : []),
    ],
  };
}

/**
 * A run as its last checkpoint left it.
 *
 * @throws AreographError 'run' if images, graph or checkpoint are no longer what the run began with
 */
export async function resumeRun(directory: string, onPrepare: OnPrepare): Promise<Started> {
  const { folder, config } = RunFolder.open(directory);
  const checkpoint = folder.readLast();
  if (checkpoint === undefined)
    throw changed(folder.directory, 'a checkpoint', 'none', 'Train again with another --out.');
  const device = await chooseDevice(config.device);
  const dataset = readDataset(config.data.directory);
  if (dataset.fingerprint !== config.data.fingerprint) {
    throw changed(
      config.data.directory,
      `the images that the run began with (fingerprint ${config.data.fingerprint.slice(0, 12)})`,
      `others (${dataset.fingerprint.slice(0, 12)})`,
      'Put the images back as they were, or begin a new run.',
    );
  }
  const model = fromArchitecture(config.architecture);
  const compiled = compileTraining(resized(model, config.crop), { ...config, target: targets[device] });
  if (hashOf(compiled) !== config.graph) {
    throw changed(
      folder.directory,
      `the training graph that the run began with (${config.graph.slice(0, 12)})`,
      `another (${hashOf(compiled).slice(0, 12)}): the compiler has changed since`,
      'Check out the version that began the run, or begin a new run with --init on its last checkpoint.',
    );
  }
  const preprocessing = await openPreprocessing(model.input);
  if (preprocessing.key !== config.preprocessing) {
    throw changed(
      folder.directory,
      'the decoder and resizing that the run began with',
      'others: sharp or the preprocessing graph has changed since',
      'Install the versions that package-lock.json had then, or begin a new run with --init on its last checkpoint.',
    );
  }
  const caches = await openCaches(model, dataset, config, preprocessing, onPrepare);
  const { tensors, progress } = checkpoint;
  const sessions = await openSessions(model, compiled, config, dataOf(tensors));
  const notes = Object.entries(environment())
    .filter(([part, now]) => config.environment[part] !== now)
    .map(
      ([part, now]) =>
        `${part} was ${config.environment[part] ?? 'not recorded'} and is ${now}: the last bits may differ`,
    );
  return { model, config, folder, ...caches, ...sessions, progress, dataset, notes };
}

/** Not the run's: runs of several seeds see the images in the same order of pixels. */
const permutationSeed = 1;

/** What the options come to for these images: what decides the training graph besides the model. */
export function trainingOptions(options: RunOptions, dataset: Dataset, device: Device) {
  return {
    ...options,
    batch: Math.min(options.batch, dataset.splits.train.length),
    loss: { ...options.loss, classWeights: classWeights(options, dataset) },
    target: targets[device],
  };
}

async function openSessions(
  model: Model,
  compiled: CompiledTraining,
  { device, threads }: RunConfig,
  initial: ReadonlyMap<string, Float32Array>,
): Promise<Pick<TrainerParts, 'runtime' | 'session' | 'evaluator'>> {
  const runtime = nodeRuntime({ device, threads });
  return {
    runtime,
    session: await TrainingSession.open(compiled, runtime, initial),
    evaluator: await Evaluator.open(model, runtime),
  };
}

async function openCaches(
  model: Model,
  dataset: Dataset,
  { permutePixels, trainSize }: Pick<RunConfig, 'permutePixels' | 'trainSize'>,
  preprocessing: Preprocessing,
  onPrepare: OnPrepare,
): Promise<Pick<TrainerParts, 'pixels' | 'trainingPixels'>> {
  const open = async (split: Split, size: number, { key, preprocess }: Preprocessing) => {
    const cache = await openPixelCache({
      dataset,
      split,
      size,
      key,
      preprocess,
      onProgress: (done, total) => onPrepare(`decoding ${split} to ${size}x${size}`, done, total),
    });
    return permutePixels ? permutedCache(cache, size, permutationSeed) : cache;
  };
  const size = model.input.height;
  // One after the other: each uses every core.
  const pixels = {
    train: await open('train', size, preprocessing),
    val: await open('val', size, preprocessing),
    test: await open('test', size, preprocessing),
  };
  if (trainSize === size) return { pixels, trainingPixels: pixels };
  const other = await openPreprocessing({ height: trainSize, width: trainSize });
  const trainingPixels = {
    train: await open('train', trainSize, other),
    val: await open('val', trainSize, other),
  };
  return { pixels, trainingPixels };
}

/**
 * The network as it is trained: on images of another size, or on crops of them.
 *
 * @throws AreographError 'option' if the images are smaller than the crops, or the weights do not fit other sizes
 */
export function trainedModel(model: Model, trainSize: number, crop: number): Model {
  if (crop <= trainSize) return resized(model, crop, crop < trainSize ? 'crop' : 'trainSize');
  throw new AreographError({
    code: 'option',
    where: 'crop',
    expected: `at most ${trainSize}, the size of the images`,
    found: `${crop}`,
    next: 'Make the crop smaller, or the size larger.',
  });
}

function requireFit(model: Model, { classes, directory }: Dataset): void {
  const { height, width } = model.input;
  if (height !== width) {
    throw new AreographError({
      code: 'model',
      where: model.name,
      expected: 'a square input, as the cache of decoded images is',
      found: `${height}x${width}`,
      next: 'Declare it as input(size, size, 3).',
    });
  }
  if (model.classes !== classes.length) {
    throw new AreographError({
      code: 'model',
      where: model.name,
      expected: `${classes.length} classes, as ${directory} has`,
      found: `${model.classes}`,
      next: 'Let the file export a function of { size, classes }, or change its last dense layer.',
    });
  }
}

function classWeights({ loss }: RunOptions, { splits, classes }: Dataset): RunConfig['loss']['classWeights'] {
  if (loss.classWeights !== 'balanced') return loss.classWeights;
  return balancedWeights(
    splits.train.map(({ label }) => label),
    classes.length,
  );
}

/** sha256 of the serialised training graph. */
export function hashOf({ bytes }: CompiledTraining): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Whatever has a say in the bits, besides what decodes and resizes: that is in the key of the preprocessing. */
export function environment(): Record<string, string> {
  return {
    areograph: versionIn('.'),
    node: process.version,
    onnxruntime: env.versions.common,
    'pure-rand': versionIn('node_modules/pure-rand'),
    'd3-random': versionIn('node_modules/d3-random'),
    system: `${platform()} ${release()} ${arch()}`,
    processor: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  };
}

/** Of the package in this folder of the project. */
function versionIn(folder: string): string {
  const text = readFileSync(join(projectRoot, folder, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

function changed(where: string, expected: string, found: string, next: string): AreographError {
  return new AreographError({ code: 'run', where, expected, found, next });
}
