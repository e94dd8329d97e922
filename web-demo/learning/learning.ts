/** Fine-tuning in a worker of its own: the page stays responsive, and what is predicted goes on. */
import type { ProxyMarked } from 'comlink';
import type { Backend } from '../inference/backend.ts';
import type { Base, FineTuned, FineTuningProgress, FineTuningSettings, Sample } from './fineTuningParts.ts';

export interface LearningRequest {
  readonly backend: Backend;
  readonly base: Base;
  readonly samples: readonly EncodedSample[];
  readonly settings: FineTuningSettings;
}

/** An image as a file, which the worker decodes. */
export interface EncodedSample extends Pick<Sample, 'label' | 'heldBack'> {
  readonly name: string;
  readonly file: Blob;
}

/** What the worker does (`learningWorker.ts`), as Comlink offers it: one fine-tuning, and then it is over. */
export interface Learning {
  /** @throws AreographError as {@link fineTune} says; 'device' if the runtime does not load */
  learn(
    request: LearningRequest,
    onProgress: ((progress: FineTuningProgress) => void) & ProxyMarked,
  ): Promise<FineTuned>;
  /** Ends the training soon, with the best weights so far as the result. */
  stop(): void;
}
