/** What is read from disk of a model: its bytes, and what lies beside them. */
import { readFile } from 'node:fs/promises';
import { AreographError } from '../dsl/errors.ts';
import { type SidecarSource, sidecarFile } from './sidecar.ts';
import { unreadable } from './unreadable.ts';

export interface ModelSource {
  /** The name of the model file, for messages. */
  readonly where: string;
  /** An ONNX ModelProto. */
  readonly bytes: Uint8Array;
  /** What describes a model of another origin, if it is there. */
  readonly sidecar?: SidecarSource;
}

/** @throws AreographError 'model' if the file, or a sidecar beside it, cannot be read */
export async function readModelSource(file: string): Promise<ModelSource> {
  const beside = sidecarFile(file);
  const [bytes, text] = await Promise.all([
    readFile(file).catch((error: unknown) => {
      throw refusal(file, 'a model file', error, 'Give a .onnx file that `npm run train` exported.');
    }),
    readFile(beside, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw refusal(beside, `a file that describes ${file}`, error, 'Correct it, or move it away.');
    }),
  ]);
  return { where: file, bytes, ...(text === undefined ? {} : { sidecar: { where: beside, text } }) };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function refusal(where: string, expected: string, error: unknown, next: string): AreographError {
  return new AreographError(
    { code: 'model', where, expected, found: unreadable(error), next },
    { cause: error },
  );
}
