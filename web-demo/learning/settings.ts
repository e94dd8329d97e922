/** What the user chooses of a training; what is left out has a default that suits the layers that are trained. */
import { computed, signal } from '@preact/signals';
import { models } from '../state.ts';
import type { FineTuningSettings, TrainedLayers } from './fineTuningParts.ts';

type Defaults = Pick<FineTuningSettings, 'epochs' | 'learningRate'>;

/**
 * Found by trying: pairs of drawn classes and of the Mars images' val split, 8 to 60 images each. Steps of Adam have the
 * size of the rate: a fresh head takes long ones, layers that know much already short ones.
 */
const defaults: { readonly [L in TrainedLayers]: Defaults } = {
  head: { epochs: 10, learningRate: 0.01 },
  all: { epochs: 10, learningRate: 0.0003 },
};

export const layers = signal<TrainedLayers>('head');
/** As it was typed, or undefined for the default. */
export const typedEpochs = signal<number | undefined>(undefined);
export const typedRate = signal<number | undefined>(undefined);
const chosenBase = signal<string | undefined>(undefined);

export const epochs = computed(() => typedEpochs.value ?? defaults[layers.value].epochs);
export const learningRate = computed(() => typedRate.value ?? defaults[layers.value].learningRate);

/** The model to start from: by default the page's first. */
export const base = computed(
  () => models.value.find(({ name }) => name === chosenBase.value) ?? models.value[0],
);

export function chooseBase(name: string): void {
  chosenBase.value = name;
}

/** `my-cnn3x3`, or the first `my-cnn3x3-2`, ... that no model of the page has; fit for a file name. */
export function newName(baseName: string, taken: ReadonlySet<string>): string {
  const fit = baseName.replaceAll(/[^\w.-]+/g, '-').replace(/-+$/, '');
  const plain = fit.startsWith('my-') ? fit.replace(/-\d+$/, '') : `my-${fit || 'model'}`;
  let free = plain;
  for (let n = 2; taken.has(free); n += 1) free = `${plain}-${n}`;
  return free;
}
