/** The kernels that each target's execution provider has, as `npm run kernels` found them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { TargetName } from '../targets.ts';

const tableSchema = z.strictObject({
  /** What was asked: a runtime, or a document, with its version. */
  source: z.string(),
  /** Operator set of the models that it holds for. */
  opset: z.int(),
  /** By operator and {@link signature}: the operator sets over which the kernel is there, as `13-17` or `13+`. */
  kernels: z.record(z.string(), z.record(z.string(), z.string())),
});
export type KernelTable = z.infer<typeof tableSchema>;

function fileOf(target: TargetName): URL {
  return new URL(`./${target}.json`, import.meta.url);
}

export function readTable(target: TargetName): KernelTable {
  return tableSchema.parse(JSON.parse(readFileSync(fileOf(target), 'utf8')));
}

export function writeTable(target: TargetName, table: KernelTable): void {
  writeFileSync(fileOf(target), `${JSON.stringify(table, undefined, 2)}\n`);
}
