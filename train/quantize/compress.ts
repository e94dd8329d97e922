/** A model in its smaller forms: what each takes in bytes and time, and what it still knows. */
import { fromArchitecture } from '../../dsl/architecture.ts';
import { type Model, parameters } from '../../dsl/model.ts';
import { readModelMetadata, withWeightType } from '../../export/modelFile.ts';
import { storedType } from '../../export/onnx.ts';
import type { DataType } from '../../export/tensorType.ts';
import type { Dataset } from '../data/dataset.ts';
import { environment } from '../start.ts';
import { accuracyOf, agreementOf, largestChangeOf } from './agreement.ts';
import { answersOf, type OnProgress, openSplit, requireClasses } from './answersOf.ts';
import { quantizeStatically } from './calibrate.ts';
import {
  type CompressResults,
  type CompressRow,
  compressResultsFormat,
  compressResultsSchema,
  type WeightForm,
} from './compressResults.ts';
import { sha256 } from './int8Results.ts';
import { type Latency, type LatencySetting, latencies, latencySettingNames } from './latency.ts';

export interface Compressed {
  readonly results: CompressResults;
  /** The files that were measured. */
  readonly files: ReadonlyMap<WeightForm, Uint8Array>;
}

/**
 * Makes every form of a model and measures it. Test has no part in how: activations are observed, and clipped, on val.
 *
 * @param rounds of timing
 * @throws AreographError 'model' if the bytes are no model of this project, or one of other classes than the data set's, or
 * weights are too large for float16 or not finite; 'dataset' if there are no images of val
 */
export async function compress(
  bytes: Uint8Array,
  where: string,
  dataset: Dataset,
  rounds: number,
  onProgress: OnProgress,
): Promise<Compressed> {
  const { architecture, classes, name } = readModelMetadata(bytes, where);
  requireClasses(classes, where, dataset);
  const model = fromArchitecture(architecture);
  const { input } = model;
  const val = await openSplit(dataset, 'val', input, onProgress);
  const test = await openSplit(dataset, 'test', input, onProgress);
  try {
    const calibrated = await quantizeStatically(bytes, where, val, onProgress);
    const files = new Map<WeightForm, Uint8Array>([
      ['float32', withWeightType(bytes, where, 'float32')],
      ['float16', withWeightType(bytes, where, 'float16')],
      ['int8-weights', withWeightType(bytes, where, 'int8')],
      ['int8-static', calibrated.bytes],
    ]);
    const times = new Map<LatencySetting, ReadonlyMap<WeightForm, Latency>>();
    for (const setting of latencySettingNames) {
      onProgress('timing', times.size, latencySettingNames.length);
      times.set(setting, await latencies(files, 'float16', setting, input, val, rounds));
    }
    const answer = (file: Uint8Array, pixels: typeof val, task: string) =>
      answersOf(file, where, input, pixels, (done, total) => onProgress(task, done, total));
    const own = await answer(bytes, val, 'the source on val');
    const measured: Omit<CompressRow, 'latencyMs'>[] = [];
    for (const [weights, file] of files) {
      const onVal = await answer(file, val, `${weights} on val`);
      const onTest = await answer(file, test, `${weights} on test`);
      measured.push({
        weights,
        bytes: file.length,
        val: accuracyOf(onVal, val.labels),
        test: accuracyOf(onTest, test.labels),
        agreement: agreementOf(onVal, own),
        largestChange: largestChangeOf(onVal, own),
      });
    }
    const { chosen, candidates, images } = calibrated;
    const results = {
      format: compressResultsFormat,
      machine: environment(),
      model: { name, sha256: sha256(bytes), source: sourceType(bytes, where, model) },
      data: {
        name: dataset.name,
        fingerprint: dataset.fingerprint,
        synthetic: dataset.synthetic,
        val: val.count,
        test: test.count,
      },
      calibration: { images, chosen, candidates },
      rows: measured.map((row) => ({
        ...row,
        latencyMs: Object.fromEntries([...times].map(([setting, each]) => [setting, each.get(row.weights)])),
      })),
    };
    return { results: compressResultsSchema.parse(results), files };
  } finally {
    val.close();
    test.close();
  }
}

/** What the weights of the first layer that has some are stored as, and with them all but those of one number a channel. */
function sourceType(bytes: Uint8Array, where: string, model: Model): DataType | undefined {
  const first = parameters(model).find(({ shape }) => shape.length > 1);
  return first && storedType(bytes, where, first.name);
}
