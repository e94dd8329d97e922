/** For tests: real model files, small enough to be made and opened in an instant. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cnn3x3 } from '../dsl/zoo.ts';
import { initialize } from '../export/initialize.ts';
import { encodeModelFile } from '../export/modelFile.ts';

export const tinyClasses = ['wheel', 'ground', 'horizon'] as const;

/** `cnn3x3` for 32 x 32 pixels and three classes, untrained; each seed gives other weights. */
export function tinyModel(seed = 1): Uint8Array {
  const model = cnn3x3({ size: 32, classes: tinyClasses.length });
  return encodeModelFile(model, initialize(model, seed), { classes: [...tinyClasses], provenance: {} });
}

/** A new temporary folder with the tiny model as `model.onnx`; the caller removes it. */
export async function tinyModelFolder(): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'areograph-'));
  const file = join(folder, 'model.onnx');
  await writeFile(file, tinyModel());
  return { folder, file };
}
