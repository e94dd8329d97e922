/** Weights as IEEE 754 binary16, half the bytes: Node 20 has no Float16Array of its own. */
import { Float16Array } from '@petamoriken/float16';
import { AreographError } from '../dsl/errors.ts';

/** The largest finite float16: (2 - 2^-10) 2^15. */
export const largestFloat16 = 65504;

/**
 * Rounds to the nearest float16, ties to even. The bits stand in a Uint16Array, as onnxruntime takes them.
 *
 * @param name of the weights, for the error
 * @throws AreographError 'model' if a number is beyond {@link largestFloat16}
 */
export function toFloat16(name: string, values: Float32Array): Uint16Array {
  const beyond = values.find((value) => Math.abs(value) > largestFloat16);
  if (beyond !== undefined) {
    throw new AreographError({
      code: 'model',
      where: name,
      expected: `weights of at most ${largestFloat16} in size, the largest float16`,
      found: `${beyond}`,
      next: 'Export it with float32 weights.',
    });
  }
  return new Uint16Array(new Float16Array(values).buffer);
}

/** The float32 numbers that float16 bits stand for: exact, since each float16 is one. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(new Float16Array(bits.buffer, bits.byteOffset, bits.length));
}
