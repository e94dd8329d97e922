/** For tests: a small set of pictures that can be learnt, and the train command in a process of its own. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { fillUniform, stream } from '../export/random.ts';
import { SPLITS, type Split } from './data/dataset.ts';
import { writeFiles } from './data/fixtures.ts';

const colours = { red: [200, 60, 40], green: [60, 200, 40], blue: [40, 60, 200] } as const;

/** Writes `DIR/SPLIT/COLOUR/n.png`: noise in three colours, `counts` images of each. */
export async function drawColours(folder: string, counts: Readonly<Record<Split, number>>): Promise<void> {
  const files: Record<string, Uint8Array> = {};
  const edge = 24;
  for (const split of SPLITS) {
    for (const [name, [red, green, blue]] of Object.entries(colours)) {
      for (let i = 0; i < counts[split]; i += 1) {
        const noise = new Float32Array(edge * edge);
        fillUniform(stream(1, split, name, i), noise);
        const pixels = Uint8Array.from({ length: edge * edge * 3 }, (_, p) => {
          const channel = [red, green, blue][p % 3] ?? 0;
          return channel * (0.4 + 0.6 * (noise[Math.floor(p / 3)] ?? 0));
        });
        files[`${split}/${name}/${i}.png`] = await sharp(pixels, {
          raw: { width: edge, height: edge, channels: 3 },
        })
          .png()
          .toBuffer();
      }
    }
  }
  writeFiles(folder, files);
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A running `npm run train`, in a process group of its own as a terminal gives it. */
export class TrainProcess {
  readonly #child;
  readonly finished: Promise<Finished>;
  #output = '';

  constructor(executable: string, args: readonly string[]) {
    const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#child = child;
    this.finished = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, output: this.#output }));
    });
  }

  /** As the user types it. */
  static npm(...args: readonly string[]): TrainProcess {
    return new TrainProcess('npm', ['run', '--silent', 'train', '--', ...args]);
  }

  /** Waits until the output has the text. @throws Error if the process ends before */
  async printed(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      if (this.#child.exitCode !== null) throw new Error(`ended without '${text}':\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** To every process of the group, as Ctrl-C does. */
  kill(signal: NodeJS.Signals): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, signal);
  }
}

/** The train command without npm around it, which takes longer. */
export const trainCommand = [
  process.execPath,
  '--import',
  'tsx',
  fileURLToPath(new URL('./trainCli.ts', import.meta.url)),
] as const;

/** Runs the train command to its end. */
export function runTrain(...args: readonly string[]): Promise<Finished> {
  const [node, ...command] = trainCommand;
  return new TrainProcess(node, [...command, ...args]).finished;
}

/** sha256 of what a finished run leaves: last and best checkpoint, exported model. */
export function outcomeOf(run: string): Readonly<Record<string, string>> {
  const files = ['last.safetensors', 'best.safetensors', 'model.onnx'];
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(run, file)))
        .digest('hex'),
    ]),
  );
}
