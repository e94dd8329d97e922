/** For tests: the error of a call that must fail. */
import { AreographError } from '../errors.ts';

export function thrownBy(call: () => unknown): AreographError {
  try {
    call();
  } catch (error) {
    if (error instanceof AreographError) return error;
    throw error;
  }
  throw new Error('expected an AreographError, nothing was thrown');
}
