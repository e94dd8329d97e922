/** The training: started, watched, stopped. It goes on while another view is shown. */
import { signal } from '@preact/signals';
import { addModel, chosen, complain, engine, models } from '../state.ts';
import { classes, imagesOf, type LearnClass, problems } from './classes.ts';
import { type RunningLearning, startLearning } from './client.ts';
import type {
  Base,
  EpochProgress,
  FineTuned,
  FineTuningProgress,
  FineTuningSettings,
} from './fineTuningParts.ts';
import { base, epochs, layers, learningRate, newName } from './settings.ts';

export interface Steps {
  readonly done: number;
  readonly total: number;
  /** When these were done, in milliseconds. */
  readonly at: number;
}

export interface Run {
  /** As they were when it started, in the order of the model's classes. */
  readonly classes: readonly LearnClass[];
  readonly settings: FineTuningSettings;
  /** Name of the model that it started from. */
  readonly base: string;
  readonly stopping: boolean;
  /** How many images are read. */
  readonly read: { readonly done: number; readonly total: number };
  /** The first chunk and the newest: between them is the pace. */
  readonly first: Steps | undefined;
  readonly last: Steps | undefined;
  /** Mean loss of each chunk, at its end in epochs. */
  readonly losses: readonly { readonly epoch: number; readonly loss: number }[];
  readonly epochs: readonly EpochProgress[];
  readonly result: FineTuned | undefined;
}

export const run = signal<Run | undefined>(undefined);
let running: RunningLearning | undefined;

/** Whether something is being trained. */
export function isRunning(current: Run | undefined): current is Run {
  return current !== undefined && current.result === undefined;
}

/** Trains on the images that are there, from the model that is chosen. */
export async function startTraining(): Promise<void> {
  const from = base.value;
  if (problems.value.length > 0 || from === undefined) return;
  const name = newName(from.name, new Set(models.value.map((model) => model.name)));
  await train({
    classes: classes.value,
    base: from.name,
    name,
    read: async () => ({ bytes: await from.load(), where: from.name, goesOn: false }),
  });
}

/**
 * Trains the result of a training on, with the settings of now. On the images of then: what was held back has still not
 * been learned from.
 */
export async function trainOn({
  classes: named,
  base: from,
  settings: { name },
  result,
}: Run): Promise<void> {
  if (result === undefined) return;
  await train({
    classes: named,
    base: from,
    name,
    read: async () => ({ bytes: result.bytes, where: `${from}, trained here`, goesOn: true }),
  });
}

interface Beginning extends Pick<Run, 'classes' | 'base'> {
  /** Of the new model. */
  readonly name: string;
  read(): Promise<Base>;
}

async function train({ classes: named, base: from, name, read }: Beginning): Promise<void> {
  if (isRunning(run.value)) return;
  const before = run.value;
  const images = imagesOf(named);
  const started: Run = {
    classes: named,
    settings: {
      name,
      classes: named.map((each) => each.name.trim()),
      layers: layers.value,
      epochs: epochs.value,
      learningRate: learningRate.value,
      seed: 1,
    },
    base: from,
    stopping: false,
    read: { done: 0, total: images.length },
    first: undefined,
    last: undefined,
    losses: [],
    epochs: [],
    result: undefined,
  };
  run.value = started;
  // Whether it is still this one that is wanted.
  const current = () => (run.value?.settings === started.settings ? run.value : undefined);
  try {
    const backend = await engine.value.backend;
    const start = await read();
    if (current() === undefined) return;
    const learning = startLearning(
      {
        backend,
        base: start,
        samples: images.map(({ label, image: { name, file, heldBack } }) => ({
          label,
          name,
          file,
          heldBack,
        })),
        settings: started.settings,
      },
      (progress) => {
        const now = current();
        if (now !== undefined) run.value = advanced(now, progress, performance.now());
      },
    );
    running = learning;
    const result = await learning.result;
    const now = current();
    if (now !== undefined) run.value = { ...now, result };
    learning.end();
  } catch (error) {
    if (current() === undefined) return;
    reset();
    // What was learned before is not lost to what went wrong now.
    run.value = before;
    complain(error);
  }
}

/** A run after what was heard of it. */
export function advanced(now: Run, progress: FineTuningProgress, at: number): Run {
  if (progress.kind === 'images') return { ...now, read: progress };
  if (progress.kind === 'epoch') return { ...now, epochs: [...now.epochs, progress] };
  const { done, total, stepsPerEpoch, loss } = progress;
  const last = { done, total, at };
  const losses = [...now.losses, { epoch: done / stepsPerEpoch, loss }];
  return { ...now, first: now.first ?? last, last, losses };
}

/** Seconds until the last epoch at the pace so far, once there is a pace. */
export function secondsLeft({ first, last }: Pick<Run, 'first' | 'last'>): number | undefined {
  if (first === undefined || last === undefined || last.done === first.done) return undefined;
  return ((last.total - last.done) * (last.at - first.at)) / (last.done - first.done) / 1000;
}

/** Ends the training soon; the best so far is its result. */
export function stopTraining(): void {
  if (!isRunning(run.value)) return;
  run.value = { ...run.value, stopping: true };
  running?.stop();
}

/** Forgets the training and its result; the classes and their images stay. */
export function reset(): void {
  running?.end();
  running = undefined;
  run.value = undefined;
}

/** Lets the trained network answer in the other views. */
export function useInPredict({ settings, result }: Run): void {
  if (result === undefined) return;
  addModel(settings.name, result.bytes);
  chosen.value = [settings.name];
  location.hash = '#predict';
}
