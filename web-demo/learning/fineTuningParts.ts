/** What a fine-tuning is given, what it tells, and what it gives. */
import type { Target } from '../../export/targets.ts';
import type { RgbImage } from '../../runtime/image.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** What is trained: the last dense layer, or every layer. */
export type TrainedLayers = 'head' | 'all';

export interface FineTuningSettings {
  /** Of the new model. */
  readonly name: string;
  /** In the order of the samples' labels; at least two. */
  readonly classes: readonly string[];
  readonly layers: TrainedLayers;
  readonly epochs: number;
  /** The highest: it falls to 0 along a cosine. */
  readonly learningRate: number;
  /** Decides every random number: the same samples and seed give the same model. */
  readonly seed: number;
}

/** What is started from. */
export interface Base {
  /** A model file. */
  readonly bytes: Uint8Array;
  /** Its name, for messages. */
  readonly where: string;
  /** Whether it has learned these very classes: then its head is kept, and it counts among the best. */
  readonly goesOn: boolean;
}

/** An image of one of the classes. */
export interface Sample {
  readonly label: number;
  /** Whether it is not trained on, but judged by. */
  readonly heldBack: boolean;
  read(): Promise<RgbImage>;
}

export interface FineTuningParts {
  readonly runtime: Runtime;
  readonly target: Target;
  readonly base: Base;
  /** At least one of each class that is not held back. */
  readonly samples: readonly Sample[];
  readonly settings: FineTuningSettings;
  /** When it is aborted, the chunk under way is finished, and the best weights so far are the result. */
  readonly signal: AbortSignal;
  onProgress(progress: FineTuningProgress): void;
}

export type FineTuningProgress =
  /** Images read so far. */
  | { readonly kind: 'images'; readonly done: number; readonly total: number }
  /** After each chunk: the steps of the run so far, and the mean loss of those that are new. */
  | {
      readonly kind: 'steps';
      readonly done: number;
      readonly total: number;
      readonly stepsPerEpoch: number;
      readonly loss: number;
    }
  | EpochProgress;

export interface EpochProgress {
  readonly kind: 'epoch';
  /** From 1; 0 is what a training that goes on started with. */
  readonly epoch: number;
  /** Undefined where no image is held back. */
  readonly heldBack: Scores | undefined;
}

export interface Scores {
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  /** 0 to 1. */
  readonly accuracy: number;
}

/** What the finished model says of an image that it has not been trained on. */
export interface Answer {
  /** Place in the samples. */
  readonly sample: number;
  readonly label: number;
  readonly predicted: number;
}

export interface FineTuned {
  /** A model file. */
  readonly bytes: Uint8Array;
  /** The epoch that it comes from, as in {@link EpochProgress}; of one that was stopped in its midst, that. */
  readonly epoch: number;
  readonly heldBack: (Scores & { readonly answers: readonly Answer[] }) | undefined;
}
