/**
 * The folder of a run:
 *
 *   run.json           the configuration
 *   metrics.jsonl      one line an epoch, and one for test at the end
 *   last.safetensors   weights, optimizer state and progress, to go on from
 *   best.safetensors   weights of the best epoch on val; the averaged ones where the run averages
 *   model.onnx         the best weights as one complete inference model
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { AreographError } from '../dsl/errors.ts';
import type { NamedTensor } from '../export/namedTensor.ts';
import { type Progress, progressSchema, type RunConfig, runConfigSchema } from './config.ts';
import { asStorageError } from './data/disk.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import { writeFileAtomic, writeTextAtomic } from './writeFile.ts';

const scores = z.strictObject({ loss: z.number(), accuracy: z.number() });

const epochMetricsSchema = z.strictObject({
  kind: z.literal('epoch'),
  /** From 1. */
  epoch: z.int(),
  /** Means over the epoch's steps, as trained: with dropout, mixup and the loss's options, and while the weights change. */
  train: scores,
  val: scores,
  imagesPerSecond: z.number(),
  seconds: z.number(),
});
export type EpochMetrics = z.infer<typeof epochMetricsSchema>;

const testMetricsSchema = z.strictObject({
  kind: z.literal('test'),
  /** The epoch whose weights were taken. */
  epoch: z.int(),
  /** On all images with these weights, dropout off, as the exported model answers. */
  train: scores,
  val: scores,
  test: scores,
});
export type TestMetrics = z.infer<typeof testMetricsSchema>;

const metricsSchema = z.discriminatedUnion('kind', [epochMetricsSchema, testMetricsSchema]);
export type Metrics = z.infer<typeof metricsSchema>;

export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly progress: Progress;
}

export class RunFolder {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** To be asked before any work is done for a new run. @throws AreographError 'run' if the folder holds anything */
  static requireUnused(directory: string): void {
    if (!existsSync(directory) || !statSync(directory).isDirectory() || readdirSync(directory).length === 0)
      return;
    const isRun = existsSync(join(directory, 'run.json'));
    throw new AreographError({
      code: 'run',
      where: resolve(directory),
      expected: 'a new or empty folder',
      found: isRun ? 'a run that is there already' : 'a folder with other files',
      next: isRun
        ? `Go on with it by --resume ${directory}, or choose another --out.`
        : 'Choose another --out.',
    });
  }

  /** @throws AreographError 'run' if the folder holds anything already; 'storage' if it cannot be made */
  static create(directory: string, config: RunConfig): RunFolder {
    RunFolder.requireUnused(directory);
    const folder = new RunFolder(resolve(directory));
    try {
      mkdirSync(folder.directory, { recursive: true });
    } catch (error) {
      throw asStorageError(error, folder.directory, 0, 'Choose another --out.');
    }
    writeTextAtomic(folder.#path('run.json'), `${JSON.stringify(config, undefined, 2)}\n`);
    return folder;
  }

  /** @throws AreographError 'run' if there is no run, or its configuration was damaged. */
  static open(directory: string): { folder: RunFolder; config: RunConfig } {
    const folder = new RunFolder(resolve(directory));
    const text = folder.#read('run.json');
    if (text === undefined) {
      throw new AreographError({
        code: 'run',
        where: folder.directory,
        expected: 'the folder of a run, with its run.json',
        found: existsSync(folder.directory) ? 'something else' : 'nothing',
        next: 'Give the folder that `npm run train` printed when it began.',
      });
    }
    return { folder, config: folder.#parse('run.json', text, runConfigSchema) };
  }

  get modelFile(): string {
    return this.#path('model.onnx');
  }

  /** The last checkpoint, or undefined if the run was stopped before its first. */
  readLast(): Checkpoint | undefined {
    const file = this.#path('last.safetensors');
    if (!existsSync(file)) return undefined;
    const { tensors, metadata } = decodeSafetensors(readFileSync(file), file);
    return {
      tensors,
      progress: this.#parse('last.safetensors', metadata['progress'] ?? '', progressSchema),
    };
  }

  writeLast({ tensors, progress }: Checkpoint): void {
    this.#write('last.safetensors', tensors, { progress: JSON.stringify(progress) });
  }

  readBest(): ReadonlyMap<string, NamedTensor> {
    const file = this.#path('best.safetensors');
    return decodeSafetensors(readFileSync(file), file).tensors;
  }

  writeBest(tensors: ReadonlyMap<string, NamedTensor>, epoch: number): void {
    this.#write('best.safetensors', tensors, { epoch: `${epoch}` });
  }

  writeModel(bytes: Uint8Array): void {
    writeFileAtomic(this.modelFile, [bytes]);
  }

  readMetrics(): Metrics[] {
    const lines = (this.#read('metrics.jsonl') ?? '').split('\n').filter((line) => line !== '');
    return lines.map((line) => this.#parse('metrics.jsonl', line, metricsSchema));
  }

  /** Replaces the whole file: it is short, and so a kill leaves either the old lines or the new. */
  writeMetrics(metrics: readonly Metrics[]): void {
    writeTextAtomic(this.#path('metrics.jsonl'), metrics.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  #write(
    name: string,
    tensors: ReadonlyMap<string, NamedTensor>,
    metadata: Readonly<Record<string, string>>,
  ): void {
    writeFileAtomic(this.#path(name), encodeSafetensors({ tensors, metadata }));
  }

  #read(name: string): string | undefined {
    return existsSync(this.#path(name)) ? readFileSync(this.#path(name), 'utf8') : undefined;
  }

  /** JSON of the schema's form, with nothing left to a default. @throws AreographError 'run' for anything else */
  #parse<T>(name: string, text: string, schema: z.ZodType<T>): T {
    const json = jsonOf(text);
    const parsed = schema.safeParse(json);
    if (parsed.success && isDeepStrictEqual(parsed.data, json)) return parsed.data;
    throw new AreographError({
      code: 'run',
      where: this.#path(name),
      expected: 'what this version of the program writes there',
      found: parsed.success
        ? 'less: what is not said there would be left to defaults'
        : z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '),
      next: 'Go on with the version that began the run, or begin a new one with --init on its last checkpoint.',
    });
  }

  #path(name: string): string {
    return join(this.directory, name);
  }
}

/** The parsed text; undefined, which no schema takes, where it is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
