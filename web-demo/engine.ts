/** The models of the page: fetched and opened when they are first asked about, in the worker. */
import { AreographError } from '../dsl/errors.ts';
import type { FirstLayer } from '../runtime/firstLayer.ts';
import type { HeatMap } from '../runtime/heatMap.ts';
import type { RgbImage } from '../runtime/image.ts';
import { type Catalogue, catalogueFile, catalogueSchema } from './catalogue.ts';
import type { Connection } from './connection.ts';
import type { Backend, BackendChoice } from './inference/backend.ts';
import { startInference } from './inference/client.ts';
import type { Inference, OpenedModel, Prediction } from './inference/inference.ts';
import type { Features } from './inference/understanding.ts';

/** Where a model's bytes come from: the build's folder, or the page itself. */
export interface ModelFile {
  readonly name: string;
  /** For those who choose: `2.9 MB, float16`. */
  readonly about: string;
  /** An ONNX ModelProto. */
  load(): Promise<Uint8Array>;
}

export class Engine {
  readonly backend: Promise<Backend>;
  readonly #worker: Connection<Inference> = startInference();
  readonly #opened = new WeakMap<ModelFile, Promise<OpenedModel>>();

  constructor(choice: BackendChoice) {
    this.backend = this.#worker.answer(this.#worker.remote.start(choice));
  }

  /** Rejects once the worker is dead. */
  get death(): Promise<never> {
    return this.#worker.death;
  }

  /** Opens a model, unless it is open. @throws AreographError 'model' if it does not load */
  open(file: ModelFile): Promise<OpenedModel> {
    const open = async () => {
      const [bytes] = await Promise.all([file.load(), this.backend]);
      return this.#worker.answer(this.#worker.remote.open(file.name, bytes));
    };
    const opened = this.#opened.get(file) ?? open();
    this.#opened.set(file, opened);
    // One that failed may be tried again: the network may be back.
    opened.catch(() => this.#opened.delete(file));
    return opened;
  }

  async predict(file: ModelFile, image: RgbImage): Promise<Prediction> {
    await this.open(file);
    return this.#worker.answer(this.#worker.remote.predict(file.name, image));
  }

  async explain(file: ModelFile, image: RgbImage, classIndex: number): Promise<HeatMap> {
    await this.open(file);
    return this.#worker.answer(this.#worker.remote.explain(file.name, image, classIndex));
  }

  async features(file: ModelFile, image: RgbImage, layer: string): Promise<Features> {
    await this.open(file);
    return this.#worker.answer(this.#worker.remote.features(file.name, image, layer));
  }

  async filters(file: ModelFile): Promise<FirstLayer> {
    await this.open(file);
    return this.#worker.answer(this.#worker.remote.filters(file.name));
  }

  /** Ends the worker: nothing more is answered. */
  end(): void {
    this.#worker.end();
  }
}

/** @throws AreographError 'model' if it does not arrive */
export async function fetchCatalogue(): Promise<Catalogue> {
  const text = new TextDecoder().decode(await fetchBytes(catalogueFile));
  return catalogueSchema.parse(JSON.parse(text));
}

/** A file of the build. @throws AreographError 'model' if it does not arrive */
export async function fetchBytes(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const refused = (found: string, cause?: unknown) =>
    new AreographError(
      {
        code: 'model',
        where: file,
        expected: 'a file beside this page',
        found,
        next: 'Load the page again while there is a network, or choose another model.',
      },
      { cause },
    );
  const response = await fetch(file).catch((error: unknown) => {
    throw refused('no answer', error);
  });
  if (!response.ok) throw refused(`${response.status} ${response.statusText}`.trim());
  return new Uint8Array(await response.arrayBuffer());
}
