/** The page's end of the worker. */
import { proxy } from 'comlink';
import { connect } from '../connection.ts';
import type { FineTuned, FineTuningProgress } from './fineTuningParts.ts';
import type { Learning, LearningRequest } from './learning.ts';

/** A fine-tuning under way. */
export interface RunningLearning {
  readonly result: Promise<FineTuned>;
  /** Ends it soon, with the best weights so far as its result. */
  stop(): void;
  /** Ends the worker at once, with what it took of memory. A result that is still to come is refused: {@link Ended}. */
  end(): void;
}

/** Starts a worker for one fine-tuning. */
export function startLearning(
  request: LearningRequest,
  onProgress: (progress: FineTuningProgress) => void,
): RunningLearning {
  const worker = new Worker(new URL('./learningWorker.ts', import.meta.url), { type: 'module' });
  const { remote, answer, end } = connect<Learning>(worker, 'what learns');
  return {
    result: answer(remote.learn(request, proxy(onProgress))),
    stop() {
      // If the worker dies or is ended first, the result says so.
      answer(remote.stop()).catch(() => undefined);
    },
    end,
  };
}
