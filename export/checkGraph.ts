/**
 * A finished graph checked from scratch, whatever built or changed it: names are unique, every value is computed
 * before it is used, and every node's shape rule still gives the types that its outputs claim.
 */
import { AreographError } from '../dsl/errors.ts';
import { compilerFault, Graph, inferTypes, type Node, type Value } from './graph.ts';
import type { OperatorName } from './operators.ts';
import { type DataType, describe, elementCount, type TensorData, type TensorType } from './tensorType.ts';

/** @throws AreographError 'graph' that names the graph, the node or the value at fault */
export function checkGraph(graph: Graph): void {
  checkScope(graph, new Set(), new Set());
}

/** One graph; `enclosing` are the values that a body may use, `names` those taken, by other graphs too. */
function checkScope(graph: Graph, enclosing: ReadonlySet<Value>, names: Set<string>): void {
  const defined = new Set(enclosing);
  const define = (value: Value, where: string) => {
    if (names.has(value.name)) {
      throw fault(where, 'names that are used once', `a second value named ${value.name}`);
    }
    names.add(value.name);
    defined.add(value);
  };
  for (const input of graph.inputs) define(input, graph.name);
  for (const initializer of graph.initializers) {
    define(initializer, graph.name);
    checkNumbers(initializer);
  }
  const nodeNames = new Set<string>();
  for (const node of graph.nodes) {
    if (nodeNames.has(node.name)) throw fault(graph.name, 'nodes with names of their own', node.name);
    nodeNames.add(node.name);
    for (const input of node.inputs) {
      if (!defined.has(input)) throw fault(node.name, 'inputs that are computed before', input.name);
    }
    if (node.operator === 'Loop' && node.attributes.body instanceof Graph) {
      checkScope(node.attributes.body, defined, names);
    }
    checkTypes(node);
    for (const output of node.outputs) define(output, node.name);
  }
  const own = new Set([...graph.inputs, ...graph.nodes.flatMap(({ outputs }) => outputs)]);
  for (const output of graph.outputs) {
    if (!own.has(output)) throw fault(graph.name, 'outputs that the graph computes', output.name);
  }
  if (new Set(graph.outputs).size < graph.outputs.length) {
    throw fault(graph.name, 'outputs that are given once', graph.outputs.map(({ name }) => name).join(', '));
  }
}

function checkTypes<K extends OperatorName>({ name, operator, inputs, outputs, attributes }: Node<K>): void {
  const types = inferTypes(name, operator, inputs, attributes);
  if (outputs.length > types.length) {
    throw fault(name, `at most ${types.length} outputs of ${operator}`, `${outputs.length}`);
  }
  for (const [i, output] of outputs.entries()) {
    const type = types[i];
    if (type === undefined || !sameType(type, output)) {
      const expected = type === undefined ? 'nothing' : describe(type);
      throw fault(name, `${expected} as output ${i} of ${operator}`, `${output.name} as ${describe(output)}`);
    }
  }
}

const arrays: { readonly [T in DataType]: new (length: number) => TensorData } = {
  float32: Float32Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};

function checkNumbers(value: Value): void {
  const { constant } = value;
  if (constant === undefined) throw fault(value.name, 'an initializer with its numbers', 'none');
  if (!sameType(constant, value)) throw fault(value.name, describe(value), describe(constant));
  const fits =
    constant.data instanceof arrays[constant.dtype] && constant.data.length === elementCount(constant.dims);
  if (fits) return;
  const { data } = constant;
  throw fault(value.name, `numbers of ${describe(value)}`, `${data.length} in a ${data.constructor.name}`);
}

/** Equal, not compatible: a size that one of the two does not know has been lost on the way. */
function sameType(a: TensorType, b: TensorType): boolean {
  return (
    a.dtype === b.dtype && a.dims.length === b.dims.length && a.dims.every((size, i) => size === b.dims[i])
  );
}

function fault(where: string, expected: string, found: string): AreographError {
  return new AreographError({ code: 'graph', where, expected, found, next: compilerFault });
}
