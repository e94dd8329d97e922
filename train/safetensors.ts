/**
 * The safetensors format: a length, a JSON header, the numbers. Python reads it too.
 * https://github.com/huggingface/safetensors#format
 */
import { z } from 'zod';
import { AreographError } from '../dsl/errors.ts';
import type { NamedTensor } from '../export/namedTensor.ts';
import { elementCount } from '../export/tensorType.ts';

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const headerSchema = z.object({ __metadata__: z.record(z.string(), z.string()).optional() }).catchall(
  z.object({
    dtype: z.literal('F32'),
    shape: z.array(z.int().min(0)),
    data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
  }),
);

/** The pieces of a file, in order; not joined, so that a large state is not copied. */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array[] {
  let offset = 0;
  const entries = [...tensors].map(([name, { dims, data }]) => {
    const start = offset;
    offset += data.byteLength;
    return [name, { dtype: 'F32', shape: dims, data_offsets: [start, offset] }] as const;
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const header = new TextEncoder().encode(json);
  // The numbers start at a multiple of 8; spaces fill the header.
  const padded = new Uint8Array(Math.ceil(header.length / 8) * 8).fill(0x20);
  padded.set(header);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  return [
    length,
    padded,
    ...[...tensors.values()].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
}

/** @throws AreographError 'run' if the bytes are no safetensors file of float32 tensors, or are cut short. */
export function decodeSafetensors(bytes: Uint8Array, where: string): Safetensors {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const start = 8 + Number(view.getBigUint64(0, true));
    const header = headerSchema.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(8, start))));
    const { __metadata__: metadata = {}, ...entries } = header;
    const tensors = new Map<string, NamedTensor>();
    for (const [name, { shape, data_offsets }] of Object.entries(entries)) {
      const [from, to] = data_offsets;
      const count = elementCount(shape);
      if (to - from !== count * 4 || start + to > bytes.length) {
        throw new Error(`${name} has ${Math.min(to, bytes.length - start) - from} of ${count * 4} bytes`);
      }
      // Copied, to be aligned to 4 (and a Buffer's slice would be a view of all).
      const copy = Uint8Array.from(bytes.subarray(start + from, start + to));
      tensors.set(name, { dims: shape, data: new Float32Array(copy.buffer) });
    }
    return { tensors, metadata };
  } catch (error) {
    throw new AreographError(
      {
        code: 'run',
        where,
        expected: 'a whole safetensors file of float32 tensors',
        found: `${bytes.length} bytes that are none (${error instanceof Error ? error.message : error})`,
        next: 'Use another checkpoint, or train again.',
      },
      { cause: error },
    );
  }
}
