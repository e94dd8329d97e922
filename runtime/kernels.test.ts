/** The tables of kernels say what the installed runtimes have. */
import { describe, expect, it } from 'vitest';
import { type ProbedTarget, probedTargets, probeRuntime } from '../export/kernels/runtimes.ts';
import { type KernelTable, readTable } from '../export/kernels/table.ts';
import { webgpuForTest } from './testing.ts';

function namesOf({ source, kernels }: KernelTable): string[] {
  const named = Object.entries(kernels).flatMap(([operator, of]) =>
    Object.keys(of).map((types) => `${operator}: ${types}`),
  );
  return [source, ...named.sort()];
}

describe.each(probedTargets)('the kernels of %s', (target: ProbedTarget) => {
  it('are those of its table (else: npm run kernels -- probe)', { timeout: 120_000 }, async ({ skip }) => {
    if (target === 'webgpu' && !(await webgpuForTest())) return skip();
    expect(namesOf(await probeRuntime(target, false))).toEqual(namesOf(readTable(target)));
  });
});
