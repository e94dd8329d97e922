import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Latest } from '../latest.ts';
import { complain } from '../state.ts';

/**
 * The newest answer to a question that changes; undefined before the first one. While a question is worked on the answer to
 * an earlier one stays, so let an answer say what it answers.
 *
 * @param ask undefined where there is nothing to ask
 * @param inputs what the question depends on: when one of them changes it is asked again
 */
export function useLatest<T>(ask: () => Promise<T> | undefined, inputs: readonly unknown[]): T | undefined {
  const answer = useSignal<T | undefined>(undefined);
  const { current: latest } = useRef(new Latest(complain));
  useEffect(() => {
    latest.ask(async () => {
      const given = await ask();
      if (given !== undefined) answer.value = given;
    });
  }, inputs);
  useEffect(() => () => latest.drop(), [latest]);
  return answer.value;
}
