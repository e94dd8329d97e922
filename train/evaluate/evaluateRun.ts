/** A finished run, measured by the file that it exported. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fromArchitecture } from '../../dsl/architecture.ts';
import { AreographError } from '../../dsl/errors.ts';
import { type ModelMetadata, readModelMetadata } from '../../export/modelFile.ts';
import { openClassifier } from '../../runtime/classifier.ts';
import { decodeImage } from '../../runtime/decode.ts';
import type { RgbImage } from '../../runtime/image.ts';
import type { RunConfig } from '../config.ts';
import { type Dataset, readDataset, type Split } from '../data/dataset.ts';
import { bySplit } from '../data/listing.ts';
import { openPixelCache } from '../data/pixelCache.ts';
import { openPreprocessing } from '../preprocess.ts';
import { RunFolder } from '../runFolder.ts';
import { environment, type OnPrepare } from '../start.ts';
import { answersOf, inMemory } from './answers.ts';
import { drawAll } from './drawn.ts';
import { type Evaluation, evaluationFormat } from './evaluation.ts';
import { gaussianNoise, smoothColours, uniformNoise } from './noise.ts';
import { outOfDistribution } from './outOfDistribution.ts';
import { checkerboard, gradient, mosaic, stripes, triangles } from './patterns.ts';
import { scoreSplit } from './scoreSplit.ts';
import { splitFacts } from './splitFacts.ts';
import { sunPicturesIn } from './sunPictures.ts';

export interface EvaluationParts {
  /** Folder of the run. */
  readonly run: string;
  /** Folder of the images; default: where they were when the run began. */
  readonly data?: string | undefined;
  readonly onProgress: OnPrepare;
  /** Told what cannot be measured, and why. */
  readonly onSkip: (reason: string) => void;
}

/** Pictures of each kind of drawing. */
const each = 100;
/** Decides the drawings. */
const drawingSeed = 1;

/**
 * Measures a finished run's `model.onnx` on val and test, and on pictures that show none of the classes.
 *
 * @throws AreographError 'run' if the run is not finished or exported no model, 'model' if the file is of other classes
 *   or answers no energy, 'dataset' if the images are not those of the run
 */
export async function evaluateRun({ run, data, onProgress, onSkip }: EvaluationParts): Promise<Evaluation> {
  const { folder, config } = RunFolder.open(run);
  const metrics = folder.readMetrics();
  const last = metrics.find(({ kind }) => kind === 'test');
  if (last === undefined) throw unfinished(folder.directory, metrics.length, config);
  const where = folder.modelFile;
  if (!existsSync(where)) throw withoutModel(where);
  const bytes = readFileSync(where);
  const metadata = readModelMetadata(bytes, where);
  const dataset = readDataset(data ?? config.data.directory);
  requireSame(config, metadata, dataset, where);

  const { height, width } = fromArchitecture(metadata.architecture).input;
  const size = { height, width };
  const { key, preprocess } = await openPreprocessing(size);
  const classifier = await openClassifier({ where, bytes }, { device: 'cpu' });
  try {
    const answer = (images: Parameters<typeof answersOf>[2], task: string) =>
      answersOf(classifier, where, images, size, (done, total) => onProgress(task, done, total));
    const onSplit = async (split: Split) => {
      const pixels = await openPixelCache({
        dataset,
        split,
        size: height,
        key,
        preprocess,
        onProgress: (done, total) => onProgress(`decoding ${split}`, done, total),
      });
      try {
        return await answer(pixels, split);
      } finally {
        pixels.close();
      }
    };
    const known = { val: await onSplit('val'), test: await onSplit('test') };

    const suns = await Promise.all(
      sunPicturesIn(dataset.directory).map(async (file): Promise<RgbImage> => {
        return { ...size, data: await preprocess(await decodeImage(file)) };
      }),
    );
    if (suns.length === 0) {
      onSkip(`${dataset.directory} has no pictures of the sun: nothing is measured on them`);
    }
    const draw = (drawings: Parameters<typeof drawAll>[0]) => drawAll(drawings, each, size, drawingSeed);
    const sets = {
      ...(suns.length === 0 ? {} : { sun: suns }),
      'uniform noise': draw([uniformNoise]),
      'Gaussian noise': draw([gaussianNoise]),
      'smooth noise': draw([smoothColours]),
      patterns: draw([stripes, checkerboard, gradient, mosaic, triangles]),
    };
    const others = [];
    for (const [name, images] of Object.entries(sets)) {
      others.push([name, await answer(inMemory(images), name)] as const);
    }

    const { name, classes, provenance, temperature, mirror, energyThreshold } = metadata;
    const score = (split: 'val' | 'test') =>
      scoreSplit(dataset.splits[split], known[split], classes.length, temperature);
    return {
      format: evaluationFormat,
      config: withoutPaths(config),
      epochs: metrics.flatMap((line) => {
        if (line.kind !== 'epoch') return [];
        const { kind: _, ...epoch } = line;
        return [epoch];
      }),
      bestEpoch: last.epoch,
      model: {
        name,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        bytes: bytes.length,
        temperature,
        mirror,
        energyThreshold: energyThreshold ?? null,
        provenance,
      },
      environment: environment(),
      data: bySplit((split) => splitFacts(dataset.splits[split], classes.length)),
      splits: { val: score('val'), test: score('test') },
      outOfDistribution: outOfDistribution(known, others, energyThreshold),
    };
  } finally {
    await classifier.release();
  }
}

/** What another machine has elsewhere is left out. */
function withoutPaths({ data: { directory: _, ...data }, init, ...config }: RunConfig): Evaluation['config'] {
  return { ...config, data, init: init === null ? null : basename(init) };
}

function requireSame(config: RunConfig, { classes }: ModelMetadata, dataset: Dataset, where: string): void {
  if (dataset.fingerprint !== config.data.fingerprint) {
    throw new AreographError({
      code: 'dataset',
      where: dataset.directory,
      expected: `the images that the run was trained with (fingerprint ${config.data.fingerprint.slice(0, 12)})`,
      found: `others (${dataset.fingerprint.slice(0, 12)})`,
      next: 'Give their folder with --data.',
    });
  }
  if (classes.join('\n') === dataset.classes.join('\n')) return;
  throw new AreographError({
    code: 'model',
    where,
    expected: `the classes of the run: ${dataset.classes.join(', ')}`,
    found: classes.join(', '),
    next: 'Put back the file that the run exported.',
  });
}

function unfinished(where: string, lines: number, { epochs }: RunConfig): AreographError {
  return new AreographError({
    code: 'run',
    where,
    expected: 'a finished run, with its line of test in metrics.jsonl',
    found: `${lines} of ${epochs} epochs`,
    next: `Finish it: npm run train -- --resume ${where}`,
  });
}

function withoutModel(where: string): AreographError {
  return new AreographError({
    code: 'run',
    where,
    expected: 'the model that the run exported',
    found: 'no such file',
    next: 'Put it back; a run whose pixels are permuted exports none, and cannot be evaluated.',
  });
}
