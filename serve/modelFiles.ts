/** The model files in a folder: which models there are, and which versions of them. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AreographError } from '../dsl/errors.ts';
import { sidecarFile } from '../runtime/sidecar.ts';
import { unreadable } from '../runtime/unreadable.ts';

export interface ModelFile {
  readonly name: string;
  /** A whole number, as text. */
  readonly version: string;
  readonly file: string;
  /** Another one once the file, or the sidecar beside it, has been replaced or written to. */
  readonly signature: string;
}

/**
 * Finds models in the layouts that are common, side by side if need be:
 *
 *     NAME.onnx                 version 1
 *     NAME/model.onnx           version 1, as `npm run train` leaves runs
 *     NAME/VERSION/model.onnx   as in Triton's model repository; versions are whole numbers
 *
 * Names are letters, digits, `.`, `_` and `-`, since they stand in addresses. What is named otherwise is left alone.
 *
 * @returns in the order of their files' names
 * @throws AreographError 'model' if the folder cannot be read
 */
export async function findModels(folder: string): Promise<ModelFile[]> {
  const entries = await readFolder(folder);
  const found = await Promise.all(
    entries.filter((entry) => /^\w[\w.-]*$/.test(entry)).map((entry) => inEntry(folder, entry)),
  );
  return found.flat().sort((a, b) => (a.file < b.file ? -1 : 1));
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new AreographError(
      {
        code: 'model',
        where: folder,
        expected: 'a folder of models',
        found: unreadable(error),
        next: 'Correct the path, or make the folder: models are picked up once they are there.',
      },
      { cause: error },
    );
  }
}

/** The one model in a file, there or not, named after the file, or after its folder if it is called `model.onnx`. */
export async function findModel(file: string): Promise<ModelFile> {
  const path = resolve(file);
  const base = basename(path, '.onnx');
  const name = base === 'model' ? basename(dirname(path)) : base;
  return { name, version: '1', file, signature: await signatureOf(file) };
}

async function inEntry(folder: string, entry: string): Promise<ModelFile[]> {
  const path = join(folder, entry);
  if (entry.endsWith('.onnx')) return modelFile(entry.slice(0, -'.onnx'.length), '1', path);
  // A file that is no folder has no versions.
  const versions = (await readdir(path).catch(() => [])).filter((version) => /^[1-9]\d*$/.test(version));
  const files = await Promise.all([
    modelFile(entry, '1', join(path, 'model.onnx')),
    ...versions.map((version) => modelFile(entry, version, join(path, version, 'model.onnx'))),
  ]);
  return files.flat();
}

/** The file, or nothing where there is none. */
async function modelFile(name: string, version: string, file: string): Promise<ModelFile[]> {
  const there = (await stateOf(file)) !== undefined;
  return there ? [{ name, version, file, signature: await signatureOf(file) }] : [];
}

async function signatureOf(file: string): Promise<string> {
  return (await Promise.all([stateOf(file), stateOf(sidecarFile(file))])).join();
}

async function stateOf(file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    return [ino, size, mtimeMs].join(':');
  } catch {
    return undefined;
  }
}
