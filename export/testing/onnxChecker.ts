/** For tests: onnx.checker and onnx's own shape inference on our graphs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Graph } from '../graph.ts';
import { encodeModel } from '../onnx.ts';
import { callPython } from '../reference/python.ts';
import type { DataType } from '../tensorType.ts';

const answerSchema = z.record(
  z.string(),
  z.object({
    error: z.string().nullable(),
    types: z.record(z.string(), z.tuple([z.string(), z.array(z.union([z.number(), z.string()])).nullable()])),
  }),
);

const onnxNames: { readonly [T in DataType]: string } = {
  float32: 'FLOAT',
  float16: 'FLOAT16',
  int8: 'INT8',
  uint8: 'UINT8',
  int32: 'INT32',
  int64: 'INT64',
  bool: 'BOOL',
};

export interface Verdict {
  /** What onnx.checker says against the graph, or null. */
  readonly error: string | null;
  /** Values whose inferred type is not the compiler's. */
  readonly differing: readonly string[];
  /** Values whose shape onnx does not infer, so that nothing could be compared. */
  readonly unknown: readonly string[];
}

/** Checks several graphs in one process: importing onnx takes longer than checking. */
export function checkGraphs(python: string, graphs: Readonly<Record<string, Graph>>): Map<string, Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'areograph-'));
  try {
    const files = Object.entries(graphs).map(([name, graph]) => {
      const file = join(folder, `${name}.onnx`);
      writeFileSync(file, encodeModel(graph));
      return [name, graph, file] as const;
    });
    const request = { files: files.map(([, , file]) => file) };
    const script = new URL('../reference/check_onnx.py', import.meta.url);
    const answer = answerSchema.parse(callPython(python, script, request));
    return new Map(files.map(([name, graph, file]) => [name, compare(graph, answer[file])]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compare(graph: Graph, answer: z.infer<typeof answerSchema>[string] | undefined): Verdict {
  const { error = 'not checked', types = {} } = answer ?? {};
  const values = graph.nodes.flatMap(({ outputs }) => outputs);
  const unknown = values.filter(({ name }) => (types[name]?.[1] ?? null) === null).map(({ name }) => name);
  const differing = values.flatMap(({ name, dtype, dims }) => {
    const [type, sizes] = types[name] ?? [];
    if (sizes === undefined || sizes === null) return [];
    // Where a size is known at run time only, the two may name it differently, or one may not know it.
    const agrees =
      type === onnxNames[dtype] &&
      sizes.length === dims.length &&
      sizes.every(
        (size, axis) => size === dims[axis] || typeof dims[axis] === 'string' || typeof size === 'string',
      );
    return agrees ? [] : [`${name}: ${dtype}[${dims}] here, ${type}[${sizes}] by onnx`];
  });
  return { error, differing, unknown };
}
