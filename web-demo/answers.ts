/** What the chosen models say of the images: computed one after the other, the image that is looked at first. */
import { computed, effect, signal } from '@preact/signals';
import { rank } from '../runtime/classification.ts';
import { outOfDistribution } from '../runtime/outOfDistribution.ts';
import { Ended } from './connection.ts';
import type { ModelFile } from './engine.ts';
import { decodeFile } from './images/decoder.ts';
import type { Outcome } from './outcome.ts';
import {
  answering,
  backend,
  current,
  engine,
  engineFailure,
  errorText,
  opened,
  type Photo,
  photos,
  unopened,
} from './state.ts';

/** Asks again what failed. */
export function forget(photo: Photo, file: ModelFile): void {
  photo.answers.value = new Map([...photo.answers.value].filter(([of]) => of !== file));
}

interface Question {
  readonly photo: Photo;
  readonly file: ModelFile;
}

/** What is to be answered next, of models that are open. */
const next = computed<Question | undefined>(() => {
  if (engineFailure.value !== undefined) return undefined;
  const files = answering.value.filter(({ name }) => opened.value.has(name));
  const looked = current.value;
  for (const photo of looked === undefined ? photos.value : [looked, ...photos.value]) {
    const file = files.find((file) => !photo.answers.value.has(file));
    if (file !== undefined) return { photo, file };
  }
  return undefined;
});

/** How many of the questions to models that load have an answer. */
export const progress = computed(() => {
  const files = answering.value.filter(({ name }) => !unopened.value.has(name));
  const done = photos.value.map(({ answers }) => files.filter((file) => answers.value.has(file)).length);
  return { done: done.reduce((a, b) => a + b, 0), of: files.length * photos.value.length };
});

const busy = signal(false);

/** Keeps the answers complete. Call once, after `startEngine`. */
export function startAnswering(): void {
  effect(() => {
    engine.value;
    // Another backend takes other times.
    for (const { answers } of photos.peek()) answers.value = new Map();
  });
  effect(() => {
    const question = next.value;
    if (question === undefined || busy.value) return;
    busy.value = true;
    answer(question).finally(() => {
      busy.value = false;
    });
  });
}

async function answer({ photo, file }: Question): Promise<void> {
  const asked = engine.peek();
  const running = backend.peek();
  const model = opened.peek().get(file.name);
  if (running === undefined || model === undefined) return;
  const settle = (outcome: Outcome) => {
    if (engine.peek() === asked) photo.answers.value = new Map([...photo.answers.peek(), [file, outcome]]);
  };
  try {
    const looked = current.peek();
    const image = looked?.id === photo.id ? looked.image : await decodeFile(photo.file);
    const prediction = await asked.predict(file, image);
    const scores = rank(model.description.classes, prediction.probabilities);
    const unlike = outOfDistribution(model.description, prediction);
    settle({
      scores,
      ...(unlike === undefined ? {} : { outOfDistribution: unlike }),
      milliseconds: prediction.milliseconds,
      backend: running,
    });
  } catch (error) {
    if (error instanceof Ended || errorText(error) === engineFailure.peek()) return;
    settle({ failure: errorText(error) });
  }
}
