/** First weights from an earlier model, for --init. */
import { existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { AreographError } from '../dsl/errors.ts';
import { type Model, parameters } from '../dsl/model.ts';
import type { NamedTensor } from '../export/namedTensor.ts';
import { decodeInitializers } from '../export/onnx.ts';
import { decodeSafetensors } from './safetensors.ts';

export interface InitialWeights {
  readonly weights: Map<string, Float32Array>;
  /** Which tensors were taken over and which not, for the user. */
  readonly report: string;
}

/**
 * Takes over every tensor of the file whose name and shape the model has; the others stay fresh, as a head
 * for other classes must.
 *
 * @param file a `.safetensors` checkpoint or an exported `.onnx`
 * @throws AreographError 'run' if the file is missing or unreadable, or nothing in it fits
 */
export function startFrom(
  file: string,
  model: Model,
  fresh: ReadonlyMap<string, Float32Array>,
): InitialWeights {
  const earlier = read(file);
  const wanted = parameters(model);
  const weights = new Map(fresh);
  const left: string[] = [];
  for (const { name, shape } of wanted) {
    const tensor = earlier.get(name);
    if (tensor !== undefined && tensor.dims.join() === shape.join()) weights.set(name, tensor.data);
    else
      left.push(
        `${name} [${shape.join(', ')}]${tensor === undefined ? '' : ` (there [${tensor.dims.join(', ')}])`}`,
      );
  }
  if (left.length === wanted.length) {
    throw new AreographError({
      code: 'run',
      where: `--init ${file}`,
      expected: `tensors of ${model.name}, such as ${wanted[0]?.name} [${wanted[0]?.shape.join(', ')}]`,
      found:
        earlier.size === 0
          ? 'no tensors at all'
          : `${earlier.size} others, such as ${[...earlier.keys()][0]}`,
      next: 'Give a checkpoint of the same architecture.',
    });
  }
  const count = wanted.length - left.length;
  const report = `${count} of ${wanted.length} tensors from ${file}${left.length === 0 ? '' : `; fresh: ${left.join(', ')}`}`;
  return { weights, report };
}

type Read = ReadonlyMap<string, NamedTensor>;

const readers: Readonly<Record<string, (bytes: Uint8Array, file: string) => Read>> = {
  '.safetensors': (bytes, file) => decodeSafetensors(bytes, file).tensors,
  '.onnx': decodeInitializers,
};

function read(file: string): Read {
  const reader = readers[extname(file)];
  if (reader !== undefined && existsSync(file)) return reader(readFileSync(file), file);
  throw new AreographError({
    code: 'run',
    where: `--init ${file}`,
    expected: 'a .safetensors checkpoint or an exported .onnx model',
    found: reader === undefined ? `the ending '${extname(file)}'` : 'no such file',
    next: 'Give runs/NAME/best.safetensors or runs/NAME/model.onnx.',
  });
}
