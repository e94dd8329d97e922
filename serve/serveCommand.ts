/** What `npm run serve` can be told. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, Option } from '@commander-js/extra-typings';
import { number, probability } from '../dsl/cli.ts';
import { AreographError } from '../dsl/errors.ts';
import { defaultMaxPixels } from '../runtime/image.ts';
import { devices } from '../runtime/session.ts';
import { unreadable } from '../runtime/unreadable.ts';
import { defaults } from './appOptions.ts';

const mebibyte = 2 ** 20;
const million = 1e6;

const seconds = number((value) => value >= 0 && Number.isFinite(value), 'seconds, 0 or more');
const milliseconds = number((value) => value >= 0 && Number.isFinite(value), 'milliseconds, 0 or more');
const positive = number((value) => value > 0 && Number.isFinite(value), 'a number above 0');

function integer(least: number, most: number): (text: string) => number {
  const wanted = `a whole number from ${least} to ${most}`;
  return number((value) => Number.isInteger(value) && value >= least && value <= most, wanted);
}

export function serveCommand() {
  return new Command('serve')
    .description('Answers POST /classify with trained models.')
    .option('--model <file>', 'model file (default: the one that ships with the project)')
    .addOption(
      new Option(
        '--models <folder>',
        'all models in a folder: NAME.onnx, NAME/model.onnx or NAME/VERSION/model.onnx',
      ).conflicts('model'),
    )
    .option('--default <name>', 'the model of requests that name none (default: the first by name)')
    .option('--poll <seconds>', 'how often to look for new or changed model files; 0: never', seconds, 2)
    .option('--port <number>', 'port to listen on; 0 takes any that is free', integer(0, 65_535), 8080)
    .option('--host <name>', 'address to listen on; 0.0.0.0 for every network', '127.0.0.1')
    .addOption(new Option('--device <name>', 'what computes').choices(devices).default('cpu' as const))
    .option(
      '--workers <number>',
      'threads that decode and classify (default: one per core, one for a GPU)',
      integer(1, 256),
    )
    .option(
      '--threads <number>',
      "threads of each worker's session (default: the cores, shared out)",
      integer(1, 256),
    )
    .option('--batch <images>', 'most images that a worker takes at once', integer(1, 1024), 8)
    .option(
      '--batch-delay <ms>',
      'how long an image waits for others even if a worker is free',
      milliseconds,
      0,
    )
    .option('--queue <images>', 'most images that wait; more are answered 503', integer(1, 100_000), 256)
    .option('--timeout <seconds>', 'after which a request is answered 504', seconds, defaults.timeout / 1000)
    .option('--threshold <probability>', 'below which an answer abstains', probability, defaults.threshold)
    .option('--max-body <MiB>', 'largest request body', integer(1, 1024), defaults.maxBodyBytes / mebibyte)
    .option('--max-images <number>', 'most images of a request', integer(1, 100_000), defaults.maxImages)
    .option('--max-pixels <millions>', 'largest image', positive, defaultMaxPixels / million)
    .option('--api-keys <file>', 'one key per line; requests must bring one as Bearer token or X-Api-Key')
    .option('--cors <origins...>', "origins whose pages may call, such as https://example.org, or '*'")
    .option('--rate-limit <requests>', 'most requests of one client per second', integer(1, 1_000_000))
    .option('--drain <seconds>', 'after SIGTERM, how long to say not ready before taking no more', seconds, 1)
    .option('--grace <seconds>', 'after that, how long requests in flight may take', seconds, 30);
}

export type ServeOptions = ReturnType<ReturnType<typeof serveCommand>['opts']>;

/** Sessions that share a GPU would only wait for each other; on the CPU each core gets a worker. */
export function workersOf({
  device,
  workers,
  threads,
}: Pick<ServeOptions, 'device' | 'workers' | 'threads'>) {
  const cores = availableParallelism();
  const count = workers ?? (device === 'cpu' ? cores : 1);
  return { workers: count, threads: threads ?? Math.max(1, Math.floor(cores / count)) };
}

/**
 * The keys in a file, one per line; blank lines do not count.
 *
 * @throws AreographError 'option' if there is no such file, or no key in it
 */
export function readApiKeys(file: string): string[] {
  const keys = readLines(file).filter((line) => line !== '');
  if (keys.length > 0) return keys;
  throw noKeys(file, 'none');
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim());
  } catch (error) {
    throw noKeys(file, unreadable(error), error);
  }
}

function noKeys(file: string, found: string, cause?: unknown): AreographError {
  const next = 'Write the keys into it, for example by `openssl rand -hex 32`, or leave --api-keys out.';
  const problem = {
    code: 'option',
    where: `--api-keys ${file}`,
    expected: 'a file with a key in each line',
    found,
    next,
  } as const;
  return new AreographError(problem, { cause });
}
