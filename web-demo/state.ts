/** What the page knows, as signals (https://preactjs.com/guide/v10/signals): views read them, actions change them. */
import { batch, computed, effect, type Signal, signal } from '@preact/signals';
import type { RgbImage } from '../runtime/image.ts';
import { Ended } from './connection.ts';
import { Engine, fetchBytes, fetchCatalogue, type ModelFile } from './engine.ts';
import { decodeFile } from './images/decoder.ts';
import type { Backend, BackendChoice } from './inference/backend.ts';
import type { OpenedModel } from './inference/inference.ts';
import { megabytes } from './megabytes.ts';
import type { Outcome } from './outcome.ts';

/** An image that the user gave. Its pixels are decoded when they are needed: those of many would fill the memory. */
export interface Photo {
  readonly id: number;
  readonly name: string;
  readonly file: File;
  /** The file, to show it: an object URL. */
  readonly url: string;
  /** What models said of it, as far as they did (answers.ts). */
  readonly answers: Signal<ReadonlyMap<ModelFile, Outcome>>;
}

/** One with its pixels. */
export interface OpenPhoto extends Photo {
  readonly image: RgbImage;
}

export const backendChoice = signal<BackendChoice>('auto');
/** How often what computes was started again. */
const restarts = signal(0);
/** What runs, once it does. */
export const backend = signal<Backend | undefined>(undefined);
/** Why nothing runs, in words for the user, if it does not. */
export const engineFailure = signal<string | undefined>(undefined);
export const engine = computed(() => {
  restarts.value;
  return new Engine(backendChoice.value);
});

/** Starts what computes again, after it failed. */
export function restartEngine(): void {
  restarts.value += 1;
}

/** The models to choose from, the default first. */
export const models = signal<readonly ModelFile[]>([]);
/** Names of those that answer: one, or two to compare. */
export const chosen = signal<readonly string[]>([]);
/** The files of those that answer. */
export const answering = computed(() =>
  chosen.value.flatMap((name) => models.value.find((model) => model.name === name) ?? []),
);
/** Those that are open, by name. */
export const opened = signal<ReadonlyMap<string, OpenedModel>>(new Map());

/** Names of chosen models that did not open. */
export const unopened = signal<ReadonlySet<string>>(new Set());

export const photos = signal<readonly Photo[]>([]);
/** The image that is looked at. */
export const current = signal<OpenPhoto | undefined>(undefined);
/** How many of the files that were given last are read, until all are. */
export const reading = signal<{ readonly done: number; readonly of: number } | undefined>(undefined);

/** The class whose heat map is asked for, by its name: two models may have other classes, or another order of them. */
export const explained = signal<string | undefined>(undefined);

/** A top class below this probability is an abstention. */
export const threshold = signal(0.9);

/** What went wrong, in words for the user; the newest last. */
export const complaints = signal<readonly string[]>([]);

export function complain(error: unknown): void {
  const text = errorText(error);
  // Nobody waits for an answer of what was ended, and why nothing runs is said apart.
  if (error instanceof Ended || text === engineFailure.peek()) return;
  // Once is enough, and the newest is the last.
  complaints.value = [...complaints.value.filter((complaint) => complaint !== text), text];
}

/** What an error says, wherever it comes from: Comlink hands over an error's message alone. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function dismiss(at: number): void {
  complaints.value = complaints.value.filter((_, i) => i !== at);
}

/** Reads the catalogue and chooses its first model. */
export async function loadCatalogue(): Promise<void> {
  const catalogue = await fetchCatalogue();
  models.value = catalogue.map(({ name, file, bytes, weightType }) => ({
    name,
    about: `${megabytes(bytes)}, ${weightType}`,
    load: () => fetchBytes(file),
  }));
  chosen.value = catalogue.slice(0, 1).map(({ name }) => name);
}

/** Adds a model that the page made, in place of one of the same name. */
export function addModel(name: string, bytes: Uint8Array): void {
  const about = `${megabytes(bytes.length)}, made here`;
  const file: ModelFile = { name, about, load: async () => bytes };
  batch(() => {
    opened.value = new Map([...opened.value].filter(([key]) => key !== name));
    models.value = [...models.value.filter((model) => model.name !== name), file];
  });
}

/** Adds a model file of the user's and chooses it, if it opens; else it is said why not. */
export async function addModelFile(file: File): Promise<void> {
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const name = freeName(file.name.replace(/\.onnx$/i, ''));
    const model = { name, about: `${megabytes(bytes.length)}, from a file`, load: async () => bytes };
    await engine.value.open(model);
    batch(() => {
      models.value = [...models.value, model];
      chosen.value = [name, ...chosen.value.slice(1)];
    });
  } catch (error) {
    complain(error);
  }
}

/** The name, or the first `name (2)`, `name (3)`, ... that no model has. */
function freeName(name: string): string {
  const taken = new Set(models.peek().map((model) => model.name));
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name} (${n})`;
  return free;
}

let photosSoFar = 0;
/** What was asked for last, to be looked at. */
let wanted: Photo | undefined;

/**
 * Takes what the user gives. Of images the first is shown, and of each that cannot be read it is said why; model files join
 * the models.
 */
export async function addFiles(given: readonly File[]): Promise<void> {
  const isModel = ({ name }: File) => /\.onnx$/i.test(name);
  const files = given.filter((file) => !isModel(file));
  for (const file of given.filter(isModel)) await addModelFile(file);
  const { done = 0, of = 0 } = reading.value ?? {};
  if (files.length > 0) reading.value = { done, of: of + files.length };
  let shown = false;
  for (const file of files) {
    try {
      const image = await decodeFile(file);
      photosSoFar += 1;
      const photo = {
        id: photosSoFar,
        name: file.name,
        file,
        url: URL.createObjectURL(file),
        answers: signal<Photo['answers']['value']>(new Map()),
      };
      batch(() => {
        photos.value = [...photos.value, photo];
        if (shown) return;
        wanted = photo;
        current.value = { ...photo, image };
      });
      shown = true;
    } catch (error) {
      complain(error);
    }
    const soFar = reading.value ?? { done: 0, of: 0 };
    reading.value = soFar.done + 1 < soFar.of ? { ...soFar, done: soFar.done + 1 } : undefined;
  }
}

/** Looks at an image. */
export async function show(photo: Photo): Promise<void> {
  wanted = photo;
  try {
    const image = await decodeFile(photo.file);
    // Another was asked for, or this one removed, meanwhile.
    if (wanted === photo && photos.value.includes(photo)) current.value = { ...photo, image };
  } catch (error) {
    if (wanted === photo) wanted = undefined;
    complain(error);
  }
}

/** Removes an image. If it is the one looked at, or the one that was about to be, its neighbour is shown. */
export function removePhoto(photo: Photo): void {
  const at = photos.value.indexOf(photo);
  photos.value = photos.value.filter((other) => other !== photo);
  URL.revokeObjectURL(photo.url);
  if (current.value?.id === photo.id) current.value = undefined;
  const isComing = wanted !== undefined && photos.value.includes(wanted);
  const neighbour = photos.value[at] ?? photos.value[at - 1];
  if (current.value === undefined && !isComing && neighbour !== undefined) show(neighbour);
}

export function removeAllPhotos(): void {
  for (const { url } of photos.value) URL.revokeObjectURL(url);
  batch(() => {
    photos.value = [];
    current.value = undefined;
  });
}

/** Keeps `backend`, `engineFailure` and `opened` true. Call once. */
export function startEngine(): void {
  effect(() => {
    const asked = engine.value;
    batch(() => {
      backend.value = undefined;
      engineFailure.value = undefined;
      opened.value = new Map();
      unopened.value = new Set();
    });
    const fail = (error: unknown) => {
      if (engine.peek() === asked) engineFailure.value = errorText(error);
    };
    asked.backend.then((running) => {
      if (engine.peek() === asked) backend.value = running;
    }, fail);
    asked.death.catch(fail);
    return () => asked.end();
  });
  effect(() => {
    const asked = engine.value;
    for (const file of answering.value) open(asked, file);
  });
}

async function open(asked: Engine, file: ModelFile): Promise<void> {
  try {
    const model = await asked.open(file);
    if (engine.peek() === asked) opened.value = new Map([...opened.peek(), [file.name, model]]);
  } catch (error) {
    if (engine.peek() !== asked) return;
    // What is wrong with the engine itself is no fault of the model, and said apart.
    if (engineFailure.peek() !== undefined) return;
    unopened.value = new Set([...unopened.peek(), file.name]);
    complain(error);
  }
}

/** Tries again to open a model that did not. */
export async function retry(file: ModelFile): Promise<void> {
  unopened.value = new Set([...unopened.value].filter((name) => name !== file.name));
  await open(engine.value, file);
}
