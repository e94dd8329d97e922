/** The models of a folder or a file, kept in step with what lies there. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AreographError } from '../dsl/errors.ts';
import { readModelSource } from '../runtime/modelSource.ts';
import type { ModelFile } from './modelFiles.ts';
import type { Models } from './models.ts';
import { RequestError } from './problem.ts';
import { RunningModel, type RunningOptions } from './runningModel.ts';
import { shorten } from './shorten.ts';

export interface RepositoryOptions extends RunningOptions {
  /** The models that there should be. Asked again and again. */
  readonly find: () => Promise<readonly ModelFile[]>;
  /** The model of requests that name none. Default: the first by name. */
  readonly defaultName?: string;
  /**
   * Milliseconds for which a model that was replaced or removed still answers: as long as a request may take that has
   * asked for it and is still sending its images.
   */
  readonly retireAfter: number;
  readonly logger: Logger;
}

interface Loaded {
  readonly model: RunningModel;
  readonly signature: string;
}

export class ModelRepository implements Models {
  readonly #options: RepositoryOptions;
  /** By `NAME/VERSION`. */
  readonly #loaded = new Map<string, Loaded>();
  /** Signatures at the last look: one that differs from it may still be being written. */
  #seen: ReadonlyMap<string, string> = new Map();
  /** Signatures of files that could not be used: each is tried, and reported, once. */
  readonly #rejected = new Map<string, string>();
  /** Files of a name and version that another file has. */
  readonly #doubles = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #update: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();
  /** Models that finish what they have taken in. */
  readonly #retiring = new Set<Promise<void>>();

  constructor(options: RepositoryOptions) {
    this.#options = options;
  }

  /**
   * Loads every model that can be used; each of the others is logged.
   *
   * @throws the error of the first that cannot, if none can
   */
  async open(): Promise<void> {
    const files = await this.#find();
    const failures: unknown[] = [];
    for (const file of files) await this.#load(file, (error) => failures.push(error));
    this.#see(files);
    if (this.list().length === 0 && failures.length > 0) throw failures[0];
  }

  get ready(): boolean {
    return this.#default() !== undefined;
  }

  list(): readonly RunningModel[] {
    const models = [...this.#loaded.values()].map(({ model }) => model);
    return models.sort(
      (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) || Number(b.version) - Number(a.version),
    );
  }

  get(name?: string, version?: string): RunningModel {
    const wanted = name ?? this.#default()?.name;
    if (wanted === undefined) {
      throw new RequestError('not-ready', 'Expected a model to answer with, found none that is loaded yet.');
    }
    const model = this.list().find(
      (model) => model.name === wanted && (version === undefined || model.version === version),
    );
    if (model !== undefined) return model;
    const known = this.list().map((model) => `${model.name} version ${model.version}`);
    const asked =
      version === undefined ? `'${shorten(wanted)}'` : `'${shorten(wanted)}' version '${shorten(version)}'`;
    throw new RequestError(
      'model-not-found',
      `Expected one of the models here (${known.join(', ') || 'none'}), found ${asked}. GET /models lists them.`,
    );
  }

  /** Looks for new, changed and removed files every so many milliseconds, from now on. */
  watch(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#update = this.update().catch((error: unknown) =>
        this.#options.logger.error({ err: error }, 'models cannot be looked for'),
      );
      void this.#update.then(() => {
        if (!this.#closing.signal.aborted) this.watch(milliseconds);
      });
    }, milliseconds);
    this.#timer.unref();
  }

  /**
   * Loads what is new or has changed since the last look but one, and lets go of what is gone. A file that cannot be used
   * changes nothing: the model that was loaded from it before stays.
   */
  async update(): Promise<void> {
    const files = await this.#find();
    for (const file of files) {
      const { signature } = file;
      const key = keyOf(file);
      const known = signature === this.#loaded.get(key)?.signature || signature === this.#rejected.get(key);
      // The same at two looks: no longer being written.
      if (known || signature !== this.#seen.get(key)) continue;
      await this.#load(file);
    }
    const there = new Set(files.map(keyOf));
    for (const [key, { model }] of this.#loaded) {
      // Gone at two looks: not just being replaced.
      if (there.has(key) || this.#seen.has(key)) continue;
      this.#loaded.delete(key);
      this.#options.logger.info({ model: key }, 'model removed');
      this.#retire(model);
    }
    this.#see(files);
  }

  /** Answers what was taken in, and ends the workers. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#update;
    await Promise.all([...this.list().map((model) => model.close()), ...this.#retiring]);
  }

  /** The files, of each name and version the first; each of the others is reported once. */
  async #find(): Promise<readonly ModelFile[]> {
    const first = new Map<string, ModelFile>();
    for (const file of await this.#options.find()) {
      const key = keyOf(file);
      const before = first.get(key);
      if (before === undefined) first.set(key, file);
      else if (!this.#doubles.has(file.file)) {
        this.#doubles.add(file.file);
        const reason = `${before.file} has the same name and version. Rename one of the two.`;
        this.#options.logger.error({ model: key, file: file.file, reason }, 'model rejected');
      }
    }
    return [...first.values()];
  }

  /** Opens a model and puts it in the place of the one that was loaded from that file before. */
  async #load(file: ModelFile, onError?: (error: unknown) => void): Promise<void> {
    const { logger } = this.#options;
    const key = keyOf(file);
    try {
      const model = await RunningModel.start(file, await readModelSource(file.file), this.#options);
      const before = this.#loaded.get(key)?.model;
      this.#loaded.set(key, { model, signature: file.signature });
      this.#rejected.delete(key);
      logger.info({ model: key, file: file.file }, before === undefined ? 'model loaded' : 'model replaced');
      if (before !== undefined) this.#retire(before);
    } catch (error) {
      this.#rejected.set(key, file.signature);
      const kept = this.#loaded.has(key) ? 'model rejected, the one before stays' : 'model rejected';
      const reason = error instanceof AreographError ? { reason: error.message } : { err: error };
      logger.error({ model: key, file: file.file, ...reason }, kept);
      onError?.(error);
    }
  }

  /** Ends a model that new requests no longer reach, once it has answered those that have reached it. */
  #retire(model: RunningModel): void {
    const { signal } = this.#closing;
    const retired = sleep(this.#options.retireAfter, undefined, { signal, ref: false })
      // Closing: no request is left.
      .catch(() => undefined)
      .then(() => model.close())
      .finally(() => this.#retiring.delete(retired));
    this.#retiring.add(retired);
  }

  #default(): RunningModel | undefined {
    const { defaultName } = this.#options;
    return this.list().find(({ name }) => defaultName === undefined || name === defaultName);
  }

  #see(files: readonly ModelFile[]): void {
    this.#seen = new Map(files.map((file) => [keyOf(file), file.signature]));
  }
}

function keyOf({ name, version }: Pick<ModelFile, 'name' | 'version'>): string {
  return `${name}/${version}`;
}
