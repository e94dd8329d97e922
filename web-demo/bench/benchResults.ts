/** What is kept of how fast the page is, and the bars that were set. */
import { median } from 'd3-array';
import { z } from 'zod';

const milliseconds = z.number().positive();

export const machineSchema = z.strictObject({
  processor: z.string(),
  cores: z.int().positive(),
  /** In GiB. */
  memory: z.int().positive(),
  platform: z.string(),
  versions: z.record(z.string(), z.string()),
});

const coldLoadSchema = z.strictObject({ usable: milliseconds, answered: milliseconds });

/** Each the median of several predictions. */
const steadySchema = z.strictObject({
  /** By threads, of WebAssembly in the browser. */
  browser: z.record(z.string(), milliseconds),
  /** onnxruntime-node on the same file, with one thread. */
  node: milliseconds,
});

const roundSchema = z.strictObject({
  coldLoad: z.strictObject({ plain: coldLoadSchema, isolated: coldLoadSchema }),
  /** By model. */
  steady: z.record(z.string(), steadySchema),
});
export type Round = z.infer<typeof roundSchema>;

const rowSchema = z.strictObject({
  model: z.string(),
  /** Medians over the rounds. */
  ...steadySchema.shape,
  /** The browser's time beside onnxruntime-node's, by threads; of each round, then the median. */
  ratio: z.record(z.string(), z.number().positive()),
});
export type Row = z.infer<typeof rowSchema>;

export const barSchema = z.strictObject({
  what: z.string(),
  found: milliseconds,
  most: milliseconds,
  holds: z.boolean(),
});
export type Bar = z.infer<typeof barSchema>;

export const benchResultsSchema = z.strictObject({
  machine: machineSchema,
  /** Processes that wanted a core, on average over the minute before: over 0 something else was running. */
  loadBefore: z.number().nonnegative(),
  browser: z.string(),
  /** Of the picture that is classified, in pixels. */
  image: z.strictObject({ width: z.int().positive(), height: z.int().positive() }),
  coldLoad: z.strictObject({ plain: coldLoadSchema, isolated: coldLoadSchema }),
  steady: z.array(rowSchema),
  /** WebGPU without a GPU: it says that it works, not how fast it is. */
  softwareGpu: z.strictObject({ adapter: z.string(), model: z.string(), milliseconds }),
  bars: z.array(barSchema),
  rounds: z.array(roundSchema),
});
export type BenchResults = z.infer<typeof benchResultsSchema>;

/** The name of the file that steady predictions are held to. */
export const barModel = 'cnn3x3 at 128x128';

/** @throws Error unless there is a round */
export function summarize(
  rounds: readonly Round[],
): Pick<BenchResults, 'coldLoad' | 'steady' | 'bars' | 'rounds'> {
  const [first] = rounds;
  if (first === undefined) throw new Error('no rounds');
  const middle = (pick: (round: Round) => number | undefined) => median(rounds, pick) ?? Number.NaN;
  const cold = (pick: keyof Round['coldLoad']) => ({
    usable: middle(({ coldLoad }) => coldLoad[pick].usable),
    answered: middle(({ coldLoad }) => coldLoad[pick].answered),
  });
  const byThreads = (model: string, value: (steady: Round['steady'][string], threads: string) => number) =>
    Object.fromEntries(
      Object.keys(first.steady[model]?.browser ?? {}).map((threads) => [
        threads,
        middle(({ steady }) => {
          const found = steady[model];
          return found && value(found, threads);
        }),
      ]),
    );
  const steady = Object.keys(first.steady).map((model): Row => {
    const time = (found: Round['steady'][string], threads: string) => found.browser[threads] ?? Number.NaN;
    return {
      model,
      browser: byThreads(model, time),
      node: middle((round) => round.steady[model]?.node),
      ratio: byThreads(model, (found, threads) => time(found, threads) / found.node),
    };
  });
  const coldLoad = { plain: cold('plain'), isolated: cold('isolated') };
  const inTime = (what: string, found: number, most: number): Bar => ({
    what,
    found,
    most,
    holds: found <= most,
  });
  return {
    coldLoad,
    steady,
    bars: [
      inTime('first answer after a cold load, ms', coldLoad.plain.answered, 2000),
      inTime('the same, isolated from other origins, ms', coldLoad.isolated.answered, 2000),
      inTime(
        `prediction by ${barModel} in WebAssembly with 1 thread, ms`,
        steady.find(({ model }) => model === barModel)?.browser['1'] ?? Number.NaN,
        40,
      ),
    ],
    rounds: [...rounds],
  };
}

export function toMarkdown({ coldLoad, steady, softwareGpu, bars }: Omit<BenchResults, 'machine'>): string {
  const threads = Object.keys(steady[0]?.browser ?? {});
  return [
    '| cold load | an image can be given | answered |',
    '|---|---|---|',
    ...Object.entries(coldLoad).map(
      ([host, { usable, answered }]) => `| ${host} | ${usable.toFixed(0)} ms | ${answered.toFixed(0)} ms |`,
    ),
    '',
    `| model | ${threads.map((n) => `wasm, threads: ${n} | of node's`).join(' | ')} | onnxruntime-node, 1 thread |`,
    `|---|${threads.map(() => '---|---|').join('')}---|`,
    ...steady.map(({ model, browser, ratio, node }) => {
      const times = threads.map((n) => `${browser[n]?.toFixed(1)} ms | ${ratio[n]?.toFixed(1)}x`);
      return `| ${model} | ${times.join(' | ')} | ${node.toFixed(1)} ms |`;
    }),
    '',
    `WebGPU on ${softwareGpu.adapter}: ${softwareGpu.model} in ${softwareGpu.milliseconds.toFixed(0)} ms`,
    '',
    ...bars.map(
      ({ what, found, most, holds }) =>
        `${holds ? 'holds' : 'MISSED'}: ${what}: ${found.toFixed(1)}, at most ${most}`,
    ),
  ].join('\n');
}
