/** The end of a run: the model that it exports, and what that answers. */
import type { Model } from '../dsl/model.ts';
import { encodeModelFile } from '../export/modelFile.ts';
import { dataOf } from '../export/namedTensor.ts';
import { decodeInitializers } from '../export/onnx.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { energyThreshold, fitTemperature } from './calibration.ts';
import type { RunConfig } from './config.ts';
import type { Split } from './data/dataset.ts';
import type { PixelCache } from './data/pixelCache.ts';
import { type Evaluation, Evaluator } from './evaluator.ts';
import type { RunFolder, TestMetrics } from './runFolder.ts';

export interface FinishParts {
  readonly model: Model;
  readonly config: RunConfig;
  readonly folder: RunFolder;
  readonly pixels: Readonly<Record<Split, PixelCache>>;
  readonly runtime: Runtime;
  readonly events: { onEvaluate?(split: Split, done: number, total: number): void };
  /** When it is aborted, nothing is exported. */
  readonly signal: AbortSignal;
}

/**
 * Exports the weights of the best epoch, with a temperature and a threshold of the energy from val, and looks at test,
 * once: all that is measured here is what the exported model answers, with its weights as they are stored.
 *
 * @returns undefined if the signal came before the end
 */
export async function finishRun(
  { model, config, folder, runtime, pixels, events, signal }: FinishParts,
  epoch: number,
): Promise<TestMetrics | undefined> {
  const { mirror, weightType, seed } = config;
  const { classes, name, synthetic, fingerprint } = config.data;
  const stored = encodeModelFile(model, dataOf(folder.readBest()), { classes, provenance: {}, weightType });
  const weights = decodeInitializers(stored, 'the exported model');
  const evaluate = async (split: Split, temperature: number) => {
    const evaluator = await Evaluator.open(model, runtime, { mirror, temperature });
    const evaluation = await evaluator.evaluate(weights, pixels[split], signal, (done, total) =>
      events.onEvaluate?.(split, done, total),
    );
    await evaluator.close();
    return evaluation;
  };
  const uncalibrated = await evaluate('val', 1);
  if (uncalibrated === undefined) return undefined;
  const temperature = fitTemperature(uncalibrated.probabilities, pixels.val.labels);
  const train = await evaluate('train', temperature);
  const val = await evaluate('val', temperature);
  const test = await evaluate('test', temperature);
  if (train === undefined || val === undefined || test === undefined) return undefined;
  if (!config.permutePixels) {
    const exported = encodeModelFile(model, dataOf(weights), {
      classes,
      weightType,
      mirror,
      temperature,
      energyThreshold: energyThreshold(val),
      provenance: {
        data: name,
        synthetic,
        fingerprint,
        seed,
        epoch,
        trainAccuracy: train.accuracy,
        valAccuracy: val.accuracy,
        testAccuracy: test.accuracy,
      },
    });
    folder.writeModel(exported);
  }
  return { kind: 'test', epoch, train: scores(train), val: scores(val), test: scores(test) };
}

function scores({ loss, accuracy }: Evaluation): TestMetrics['test'] {
  return { loss, accuracy };
}
