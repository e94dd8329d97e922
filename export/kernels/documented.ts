/**
 * Reads a provider's kernels from onnxruntime's docs/OperatorKernels.md, which its build writes from the kernels
 * that are registered: for providers that this machine cannot ask.
 */
import type { Node } from '../graph.ts';
import { opset } from '../onnx.ts';
import type { DataType } from '../tensorType.ts';
import { probes } from './probes.ts';
import { signature } from './signature.ts';
import type { KernelTable } from './table.ts';

/** A row of the document: a kernel for a range of operator versions. */
interface Row {
  /** First and last version of the operator; a kernel without a last one is for the first alone. */
  readonly first: number;
  readonly last: number | undefined;
  readonly said: string;
  /** Each way to call it. */
  readonly forms: readonly Form[];
  /** By type variable: the types that it may be, as `tensor(float)`. */
  readonly types: ReadonlyMap<string, readonly string[]>;
}

/** Names of types, or of type variables, of the inputs and outputs; the last of each may repeat. */
interface Form {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const onnxNames: { readonly [T in DataType]: string } = {
  float32: 'tensor(float)',
  float16: 'tensor(float16)',
  int8: 'tensor(int8)',
  uint8: 'tensor(uint8)',
  int32: 'tensor(int32)',
  int64: 'tensor(int64)',
  bool: 'tensor(bool)',
};

/**
 * @param document the text of OperatorKernels.md
 * @param provider as the document calls it: `CUDAExecutionProvider`
 * @param since for each operator, the version that our operator set has of it
 * @throws Error if the document has no such provider
 */
export function readDocument(
  document: string,
  provider: string,
  since: Readonly<Record<string, number>>,
): KernelTable['kernels'] {
  const rows = parseRows(document, provider);
  const kernels: Record<string, Record<string, string>> = {};
  for (const { node } of probes()) {
    const version = since[node.operator];
    if (version === undefined)
      throw new Error(`which version of ${node.operator} has operator set ${opset}?`);
    const row = rows.get(node.operator)?.find((each) => covers(each, version) && admits(each, node));
    if (row === undefined) continue;
    const of = kernels[node.operator] ?? {};
    kernels[node.operator] = of;
    of[signature(node)] = row.said;
  }
  return kernels;
}

/** By operator of the domain ai.onnx. */
function parseRows(document: string, provider: string): Map<string, Row[]> {
  const [, section] = document.split(`## Operators implemented by ${provider}\n`);
  const [, domain] = section?.split('|**Operator Domain:** *ai.onnx*||||\n') ?? [];
  if (domain === undefined) throw new Error(`the document has no operators of ${provider}`);
  const rows = new Map<string, Row[]>();
  let operator = '';
  let forms: readonly Form[] = [];
  for (const line of domain.split('\n')) {
    const [, name, parameters, versions, types] = line.split('|');
    // The domain ends with a row of blanks.
    if (name === undefined || versions === undefined || types === undefined) break;
    if (name !== '') {
      operator = name;
      forms = (parameters ?? '').split('<br><br>or<br><br>').map(parseForm);
    }
    rows.set(operator, [
      ...(rows.get(operator) ?? []),
      { ...parseVersions(versions), forms, types: parseTypes(types) },
    ]);
  }
  return rows;
}

/** `*in* X:**T**<br> *out* Y:**T**` */
function parseForm(form: string): Form {
  const said = (role: 'in' | 'out') =>
    [...form.matchAll(new RegExp(`\\*${role}\\* [^:]+:\\*\\*(.+?)\\*\\*`, 'g'))].map(
      ([, type]) => type ?? '',
    );
  return { inputs: said('in'), outputs: said('out') };
}

/** `13+`, `[11, 12]` or `12` */
function parseVersions(said: string): Pick<Row, 'first' | 'last' | 'said'> {
  const [first = Number.NaN, last] = said.match(/\d+/g)?.map(Number) ?? [];
  if (said.endsWith('+')) return { first, last: undefined, said };
  return { first, last: last ?? first, said: `${first}-${last ?? first}` };
}

/** `**T** = tensor(float), tensor(int32)<br/> **T1** = tensor(bool)` */
function parseTypes(types: string): Row['types'] {
  const said = [...types.matchAll(/\*\*(.+?)\*\* = ([^*]+?)(?:<br\/>|$)/g)];
  return new Map(said.map(([, variable = '', list = '']) => [variable, list.trim().split(', ')]));
}

/** As onnxruntime matches them (KernelRegistry): an open range is for the version that it begins with. */
function covers({ first, last }: Row, version: number): boolean {
  return version === first || (last !== undefined && first < version && version <= last);
}

function admits({ forms, types }: Row, { inputs, outputs }: Node): boolean {
  return forms.some((form) => {
    const bound = new Map<string, string>();
    const fits = (formal: readonly string[], values: Node['inputs']) =>
      values.every(({ dtype }, i) => {
        const type = formal[i] ?? formal.at(-1);
        if (type === undefined) return false;
        const found = onnxNames[dtype];
        if (type.startsWith('tensor(')) return type === found;
        const before = bound.get(type) ?? found;
        bound.set(type, before);
        return before === found && (types.get(type)?.includes(found) ?? true);
      });
    return fits(form.inputs, inputs) && fits(form.outputs, outputs);
  });
}
