import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { complain } from '../state.ts';

/** What a task tells meanwhile, and hears. */
export interface Progress {
  /** @param share done, 0 to 1. @throws AbortError if the task is not wanted any more */
  report(share: number): void;
}

/** A task that takes seconds: a button begins it, and another stops it. */
export interface Run<T> {
  /** 0 to 1 while it runs. */
  readonly share: number | undefined;
  /** Of the last task that came to its end. */
  readonly result: T | undefined;
  begin(task: (progress: Progress) => Promise<T>): void;
  stop(): void;
}

/** One task at a time: a new one stops the one before, and so does leaving the page's part that began it. */
export function useRun<T>(): Run<T> {
  const share = useSignal<number | undefined>(undefined);
  const result = useSignal<T | undefined>(undefined);
  const control = useRef<AbortController | undefined>(undefined);
  const stop = () => {
    control.current?.abort();
    control.current = undefined;
    share.value = undefined;
  };
  useEffect(() => stop, []);

  async function begin(task: (progress: Progress) => Promise<T>): Promise<void> {
    stop();
    const own = new AbortController();
    control.current = own;
    share.value = 0;
    try {
      const found = await task({
        report(done) {
          own.signal.throwIfAborted();
          share.value = done;
        },
      });
      own.signal.throwIfAborted();
      result.value = found;
      stop();
    } catch (error) {
      if (own.signal.aborted) return;
      stop();
      complain(error);
    }
  }

  return { share: share.value, result: result.value, begin, stop };
}
