/** TensorFlow.js beside this project: the same step of the same network, at a size that tfjs can do in seconds. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { answerSchema, type Setup } from './protocol.ts';

/** Its CPU backend takes minutes for a step at 128x128. */
export const smallStep = { size: 16, batch: 4, steps: 1 } as const;

/** Images per second, or why there are none. */
type Outcome = { readonly rate: number } | { readonly error: string };

/**
 * Steps of {@link smallStep} here and in tfjs, in processes of their own; the second of two counts. Its CPU backend is
 * plain JavaScript. Its wasm backend has no kernel for a convolution's weight gradient, which the last line shows in
 * its own words.
 */
export function besideTfjs(name: string, setup: Setup): string[] {
  const ours = secondStep('./ours.ts', [], setup);
  const onCpu = secondStep('./tfjs.ts', ['cpu'], setup);
  const onWasm = secondStep('./tfjs.ts', ['wasm'], setup);
  const ratio =
    'rate' in ours && 'rate' in onCpu ? `; ours is ${(ours.rate / onCpu.rate).toFixed(1)} times as fast` : '';
  const { size, batch } = smallStep;
  return [
    `one step of ${name} at ${size}x${size}, batch ${batch}:`,
    `  ours        ${shown(ours)}`,
    `  tfjs, cpu   ${shown(onCpu)}${ratio}`,
    `  tfjs, wasm  ${shown(onWasm)}`,
  ];
}

function secondStep(script: string, args: readonly string[], setup: Setup): Outcome {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL(script, import.meta.url)), ...args],
    {
      input: [setup, smallStep, smallStep].map((line) => `${JSON.stringify(line)}\n`).join(''),
      encoding: 'utf8',
    },
  );
  const [, second] = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (second !== undefined) {
    return { rate: smallStep.batch / answerSchema.parse(JSON.parse(second)).seconds };
  }
  return { error: stderr.split('\n').find((line) => /^\w*[Ee]rror\b/.test(line)) ?? 'no answer' };
}

function shown(outcome: Outcome): string {
  return 'rate' in outcome ? `${outcome.rate.toFixed(1)} images/s` : outcome.error;
}
