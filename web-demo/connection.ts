/** Workers that may die: Comlink's calls to one that did would never be answered. */
import { type Remote, wrap } from 'comlink';
import { AreographError } from '../dsl/errors.ts';

export interface Connection<T> {
  /** What the worker exposes. */
  readonly remote: Remote<T>;
  /** Never settles while the worker lives; rejects once it does not. */
  readonly death: Promise<never>;
  /** The answer to a call of `remote`. @throws AreographError 'device' if the worker dies first */
  answer<R>(call: Promise<R>): Promise<R>;
  /** Ends the worker; what is still asked is refused. */
  end(): void;
}

/** Refuses what was asked of a worker that was ended on purpose: nobody waits for it any more. */
export class Ended extends Error {
  override readonly name = 'Ended';
}

/** @param where what the worker does, for messages: `what computes here` */
export function connect<T>(worker: Worker, where: string): Connection<T> {
  let die: (error: Error) => void = () => {};
  const death = new Promise<never>((_, reject) => {
    die = reject;
  });
  // Whoever waits for an answer hears of it.
  death.catch(() => {});
  const stop = (error: Error) => {
    worker.terminate();
    die(error);
  };
  const died = (found: string) =>
    new AreographError({
      code: 'device',
      where,
      expected: 'an answer',
      found,
      next: 'Start it again; if that does not help, load the page again, or give smaller images.',
    });
  // A script that does not load has an event without words.
  worker.addEventListener('error', (event) => stop(died(event.message || 'that it does not start')));
  worker.addEventListener('messageerror', () => stop(died('one that cannot be read')));
  return {
    remote: wrap<T>(worker),
    death,
    async answer(call) {
      try {
        return await Promise.race([call, death]);
      } catch (error) {
        if (!(error instanceof Error && error.name === 'RuntimeError')) throw error;
        // WebAssembly that ran out of memory, or broke otherwise, answers nothing any more.
        stop(died(error.message));
        return death;
      }
    },
    end: () => stop(new Ended()),
  };
}
