import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AreographError } from '../dsl/errors.ts';

/**
 * The model that was exported last: of all `model.onnx` in the folders of `runs`, the newest by modification time.
 *
 * @throws AreographError 'model' if there is none yet
 */
export async function latestModel(runs = 'runs'): Promise<string> {
  const folders = await readdir(runs).catch(() => []);
  const models = await Promise.all(folders.map((folder) => modified(join(runs, folder, 'model.onnx'))));
  const [newest] = models.flat().sort((a, b) => b.time - a.time);
  if (newest !== undefined) return newest.file;
  throw new AreographError({
    code: 'model',
    where: join(runs, '*', 'model.onnx'),
    expected: 'a trained model, as none was named with --model',
    found: 'none',
    next: 'Train one with `npm run train -- cnn3x3`, or run `npm run quickstart`.',
  });
}

/** The file with its modification time in milliseconds, or nothing where it is missing (a run that has not finished). */
async function modified(file: string): Promise<{ file: string; time: number }[]> {
  try {
    return [{ file, time: (await stat(file)).mtimeMs }];
  } catch {
    return [];
  }
}
