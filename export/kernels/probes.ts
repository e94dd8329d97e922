/**
 * Graphs of a single node, to ask a runtime whether it has a kernel for it: every operator that compiled graphs
 * are made of, with every element type that it could be given.
 */
import { toFloat16 } from '../float16.ts';
import { Graph, type Node, type Value } from '../graph.ts';
import type { OperatorName } from '../operators.ts';
import { type DataType, elementCount, type TensorData } from '../tensorType.ts';

export interface Probe {
  readonly graph: Graph;
  readonly node: Node;
}

/** Those that graphs compute with: float16 and int8 are only stored ({@link castOfHalf}, {@link dequantizedInt8}). */
const dataTypes = ['float32', 'uint8', 'int32', 'int64', 'bool'] as const satisfies readonly DataType[];
const indexTypes = ['int32', 'int64'] as const satisfies readonly DataType[];

/** Applies one operator to inputs that it makes, and gives the outputs that are wanted. */
type Build = (input: (dtype: DataType, ...dims: number[]) => Value, type: DataType) => readonly Value[];

const unary =
  (
    operator:
      | 'Abs'
      | 'Erf'
      | 'Exp'
      | 'Identity'
      | 'Log'
      | 'Neg'
      | 'Relu'
      | 'Round'
      | 'Shape'
      | 'Sigmoid'
      | 'Sqrt'
      | 'Tanh',
  ): Build =>
  (input, type) => [input(type, 2, 3).apply(operator, {})];

const binary =
  (operator: 'Add' | 'Div' | 'Equal' | 'Greater' | 'Max' | 'Mul' | 'Pow' | 'Sub'): Build =>
  (input, type) => [input(type, 2, 3).apply(operator, {}, input(type, 2, 3))];

const reduction =
  (operator: 'ReduceMax' | 'ReduceMean'): Build =>
  (input, type) => [input(type, 2, 3).apply(operator, { axes: [1], keepdims: 1 })];

const window = { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] };
const pads = [0, 0, 1, 1, 0, 0, 1, 1];

/** Total, so that an operator without a probe does not compile. Several where optional inputs or outputs differ. */
const builds: { readonly [K in OperatorName]: readonly Build[] } = {
  Abs: [unary('Abs')],
  Add: [binary('Add')],
  AveragePool: [(input, type) => [input(type, 1, 2, 4, 4).apply('AveragePool', window)]],
  BatchNormalization: [
    (input, type) => {
      const perChannel = () => input(type, 2);
      const rest = [perChannel(), perChannel(), perChannel(), perChannel()];
      return [input(type, 1, 2, 4, 4).apply('BatchNormalization', { epsilon: 1e-5 }, ...rest)];
    },
  ],
  Cast: dataTypes.map((to) => (input, type) => [input(type, 2, 3).apply('Cast', { to })]),
  Concat: [(input, type) => [input(type, 2, 3).apply('Concat', { axis: 1 }, input(type, 2, 2))]],
  Conv: [
    (input, type) => [
      input(type, 1, 2, 4, 4).apply(
        'Conv',
        { ...window, dilations: [1, 1], group: 1 },
        input(type, 3, 2, 2, 2),
      ),
    ],
  ],
  ConvTranspose: [
    (input, type) => [
      input(type, 1, 2, 4, 4).apply(
        'ConvTranspose',
        { ...window, dilations: [1, 1], output_padding: [0, 0], group: 1 },
        input(type, 2, 3, 2, 2),
      ),
    ],
  ],
  DepthToSpace: [
    (input, type) => [input(type, 1, 8, 2, 2).apply('DepthToSpace', { blocksize: 2, mode: 'DCR' })],
  ],
  DequantizeLinear: [
    (input, type) => [
      input(type, 2, 3).apply('DequantizeLinear', { axis: 1 }, input('float32'), input(type)),
    ],
    (input, type) => [input(type, 2, 3).apply('DequantizeLinear', { axis: 0 }, input('float32', 2))],
  ],
  Div: [binary('Div')],
  Equal: [binary('Equal')],
  Erf: [unary('Erf')],
  Exp: [unary('Exp')],
  Expand: [
    (input, type) => {
      const x = input(type, 1, 3);
      return [x.apply('Expand', {}, x.graph.ints([2, 3]))];
    },
  ],
  Gather: indexTypes.map((indices) => (input, type) => [input(type, 4, 3).gather(input(indices, 2))]),
  GatherElements: indexTypes.map((indices) => (input, type) => [
    input(type, 4).apply('GatherElements', { axis: 0 }, input(indices, 2)),
  ]),
  Gemm: [
    (input, type) => [
      input(type, 2, 3).apply('Gemm', { transA: 0, transB: 1 }, input(type, 4, 3), input(type, 4)),
    ],
  ],
  Greater: [binary('Greater')],
  Identity: [unary('Identity')],
  LeakyRelu: [(input, type) => [input(type, 2, 3).apply('LeakyRelu', { alpha: 0.1 })]],
  Log: [unary('Log')],
  Loop: [
    (input, type) => {
      const state = input(type, 2, 3);
      const { graph } = state;
      const body = new Graph('body', graph);
      body.input('step', 'int64', []);
      const goOn = body.input('go_on', 'bool', []);
      const current = body.input('current', type, [2, 3]);
      body.output('go_on.next', goOn);
      body.output('next', current);
      body.output('scanned', current);
      return graph.node('Loop', [input('int64'), input('bool'), state], { body });
    },
  ],
  MatMul: [(input, type) => [input(type, 2, 3).matMul(input(type, 3, 4))]],
  Max: [binary('Max')],
  MaxPool: [
    (input, type) => [input(type, 1, 2, 4, 4).apply('MaxPool', window)],
    (input, type) => {
      const x = input(type, 1, 2, 4, 4);
      return x.graph.node('MaxPool', [x], window);
    },
  ],
  MaxUnpool: [
    (input, type) => {
      const x = input(type, 1, 2, 2, 2);
      return [x.apply('MaxUnpool', window, input('int64', 1, 2, 2, 2), x.graph.ints([1, 2, 4, 4]))];
    },
  ],
  Mul: [binary('Mul')],
  Neg: [unary('Neg')],
  Pad: [
    (input, type) => {
      const x = input(type, 1, 2, 4, 4);
      return [x.apply('Pad', { mode: 'constant' }, x.graph.ints(pads))];
    },
    (input, type) => {
      const x = input(type, 1, 2, 4, 4);
      return [x.apply('Pad', { mode: 'constant' }, x.graph.ints(pads), input(type))];
    },
  ],
  Pow: [binary('Pow')],
  QuantizeLinear: [
    (input, type) => [input('float32', 2, 3).apply('QuantizeLinear', {}, input('float32'), input(type))],
  ],
  Range: [(input, type) => [input(type).apply('Range', {}, input(type), input(type))]],
  ReduceMax: [reduction('ReduceMax')],
  ReduceMean: [reduction('ReduceMean')],
  ReduceSum: [(input, type) => [input(type, 2, 3).sum([1], 1)]],
  Relu: [unary('Relu')],
  Reshape: [(input, type) => [input(type, 2, 3).reshape(3, 2)]],
  Round: [unary('Round')],
  ScatterElements: indexTypes.map((indices) => (input, type) => [
    input(type, 4).apply('ScatterElements', { axis: 0, reduction: 'add' }, input(indices, 2), input(type, 2)),
  ]),
  Shape: [unary('Shape')],
  Sigmoid: [unary('Sigmoid')],
  Slice: [(input, type) => [input(type, 2, 5).slice(1, 0, 5, 2)]],
  Softmax: [(input, type) => [input(type, 2, 3).apply('Softmax', { axis: 1 })]],
  Sqrt: [unary('Sqrt')],
  Sub: [binary('Sub')],
  Tanh: [unary('Tanh')],
  Transpose: [(input, type) => [input(type, 2, 3).transpose(1, 0)]],
  Where: [(input, type) => [input(type, 2, 3).where(input('bool', 2, 3), input(type, 2, 3))]],
};

const castOfHalf: Build = (input, type) => [input('float16', 2, 3).cast(type)];
const dequantizedInt8: Build = (input) => [
  input('int8', 2, 3).apply('DequantizeLinear', { axis: 0 }, input('float32', 2), input('int8', 2)),
];

/** Every probe: operator by operator, type by type. */
export function probes(): Probe[] {
  const computing = Object.values(builds).flatMap((variants) =>
    variants.flatMap((build) => dataTypes.map((type) => probe(build, type))),
  );
  return [...computing, probe(castOfHalf, 'float32'), probe(dequantizedInt8, 'float32')];
}

function probe(build: Build, type: DataType): Probe {
  const graph = new Graph('probe');
  const outputs = build((dtype, ...dims) => graph.input(`input${graph.inputs.length}`, dtype, dims), type);
  for (const [i, output] of outputs.entries()) graph.output(`output${i}`, output);
  const [node, ...others] = graph.prune().nodes;
  if (node === undefined || others.length > 0) throw new Error(`a probe of ${graph.nodes.length} nodes`);
  return { graph, node };
}

/** Numbers that every operator takes, as indices too: 1, 2, 1, 2, ... */
export function probeFeed(input: Value): TensorData {
  const length = elementCount(input.sizes);
  return probeArrays[input.dtype](length);
}

const probeArrays: { readonly [T in DataType]: (length: number) => TensorData } = {
  float32: (length) => Float32Array.from({ length }, (_, i) => 1 + (i % 2)),
  float16: (length) =>
    toFloat16(
      'probe',
      Float32Array.from({ length }, (_, i) => 1 + (i % 2)),
    ),
  int8: (length) => Int8Array.from({ length }, (_, i) => 1 + (i % 2)),
  uint8: (length) => Uint8Array.from({ length }, (_, i) => 1 + (i % 2)),
  int32: (length) => Int32Array.from({ length }, (_, i) => 1 + (i % 2)),
  int64: (length) => BigInt64Array.from({ length }, (_, i) => BigInt(1 + (i % 2))),
  bool: (length) => Uint8Array.from({ length }, (_, i) => i % 2),
};
