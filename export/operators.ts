/**
 * The ONNX operators (opset 17) that compiled graphs are made of: attributes and shape rules.
 *
 * The table is total over {@link Attributes}. A rule throws an Error that says what is wrong with its inputs;
 * the graph adds which node it was. Semantics: https://github.com/onnx/onnx/blob/v1.12.0/docs/Operators.md
 */
import {
  binary,
  type ConvAttributes,
  expectDims,
  integers,
  known,
  type Operator,
  type ReduceAttributes,
  reaches,
  reduced,
  reduction,
  required,
  sameType,
  transposed,
  unary,
  type WindowAttributes,
  windowed,
} from './shapeRules.ts';
import { broadcast, compatible, type DataType, elementCount, type Operand, unknown } from './tensorType.ts';

type Ints = readonly number[];
type None = Record<never, never>;
/** The body of a Loop, as far as shapes are concerned. */
export interface Subgraph {
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
}

export interface Attributes {
  Abs: None;
  Add: None;
  AveragePool: WindowAttributes;
  BatchNormalization: { readonly epsilon: number };
  Cast: { readonly to: DataType };
  Concat: { readonly axis: number };
  Conv: ConvAttributes;
  ConvTranspose: ConvAttributes & { readonly output_padding: Ints };
  DepthToSpace: { readonly blocksize: number; readonly mode: 'DCR' };
  /** Along the axis, where there are several scales. */
  DequantizeLinear: { readonly axis: number };
  Div: None;
  Equal: None;
  Erf: None;
  Exp: None;
  Expand: None;
  Gather: { readonly axis: number };
  GatherElements: { readonly axis: number };
  Gemm: { readonly transA: 0 | 1; readonly transB: 0 | 1 };
  Greater: None;
  Identity: None;
  LeakyRelu: { readonly alpha: number };
  Log: None;
  Loop: { readonly body: Subgraph };
  MatMul: None;
  Max: None;
  MaxPool: WindowAttributes;
  MaxUnpool: WindowAttributes;
  Mul: None;
  Neg: None;
  Pad: { readonly mode: 'constant' };
  Pow: None;
  QuantizeLinear: None;
  Range: None;
  ReduceMax: ReduceAttributes;
  ReduceMean: ReduceAttributes;
  ReduceSum: { readonly keepdims: 0 | 1 };
  Relu: None;
  Reshape: None;
  Round: None;
  ScatterElements: { readonly axis: number; readonly reduction: 'add' };
  Shape: None;
  Sigmoid: None;
  Slice: None;
  Softmax: { readonly axis: number };
  Sqrt: None;
  Sub: None;
  Tanh: None;
  Transpose: { readonly perm: Ints };
  Where: None;
}
export type OperatorName = keyof Attributes;
export type AttributeName = { [K in OperatorName]: keyof Attributes[K] }[OperatorName];

export const operators: { readonly [K in OperatorName]: Operator<Attributes[K]> } = {
  Abs: unary(),
  Add: binary(),
  AveragePool: { infer: ([x], attributes) => [windowed(required(x), required(x).dims[1], attributes)] },
  BatchNormalization: {
    infer([x, ...statistics]) {
      const channels = required(x).dims[1];
      if (statistics.length !== 4) throw new Error('scale, bias, mean and variance are needed');
      for (const { dims } of statistics) expectDims(dims, [channels ?? unknown]);
      return [required(x)];
    },
  },
  Cast: { infer: ([x], { to }) => [{ dtype: to, dims: required(x).dims }] },
  Concat: {
    infer(inputs, { axis }) {
      const first = required(inputs[0]);
      const joined = inputs.map(({ dims, dtype }) => {
        if (dtype !== first.dtype) throw new Error('element types differ');
        expectDims(dims.with(axis, 0), first.dims.with(axis, 0));
        return dims[axis] ?? unknown;
      });
      const known = joined.filter((size) => typeof size === 'number');
      const total = known.length === joined.length ? known.reduce((sum, size) => sum + size, 0) : unknown;
      return [{ dtype: first.dtype, dims: first.dims.with(axis, total) }];
    },
  },
  Conv: {
    infer([x, w, bias], { group, dilations, kernel_shape, ...window }) {
      const [filters, channels, ...kernel] = required(w).dims;
      const expected = required(x).dims[1];
      if (typeof channels !== 'number' || !compatible(expected ?? unknown, channels * group)) {
        throw new Error(`weights for ${channels} channels in ${group} groups, input with ${expected}`);
      }
      if (known(filters) % group !== 0) throw new Error(`${filters} filters in ${group} groups`);
      expectDims(kernel, kernel_shape);
      if (bias !== undefined) expectDims(bias.dims, [filters ?? unknown]);
      return [windowed(required(x), filters, { ...window, kernel_shape: reaches(kernel_shape, dilations) })];
    },
  },
  ConvTranspose: {
    infer([x, w], { group, dilations, kernel_shape, strides, pads, output_padding }) {
      const { dtype, dims } = required(x);
      const [channels, filters, ...kernel] = required(w).dims;
      expectDims(kernel, kernel_shape);
      expectDims([dims[1] ?? unknown], [channels ?? unknown]);
      const spatial = reaches(kernel_shape, dilations).map((size, i) => {
        const length = known(dims[i + 2]);
        const padded = (pads[i] ?? 0) + (pads[i + kernel_shape.length] ?? 0);
        return (length - 1) * (strides[i] ?? 1) + size - padded + (output_padding[i] ?? 0);
      });
      return [{ dtype, dims: [dims[0] ?? unknown, known(filters) * group, ...spatial] }];
    },
  },
  DepthToSpace: {
    infer([x], { blocksize }) {
      const { dtype, dims } = required(x);
      const [n = unknown, channels, height, width] = dims;
      const depth = known(channels) / blocksize ** 2;
      if (!Number.isInteger(depth)) throw new Error(`${channels} channels for blocks of ${blocksize}`);
      return [{ dtype, dims: [n, depth, known(height) * blocksize, known(width) * blocksize] }];
    },
  },
  DequantizeLinear: {
    infer([x, scale, zeroPoint], { axis }) {
      const { dims } = required(x);
      const { dims: scales } = required(scale);
      if (scales.length > 0) expectDims(scales, [dims[axis] ?? unknown]);
      if (zeroPoint !== undefined) {
        sameType(required(x), zeroPoint);
        expectDims(zeroPoint.dims, scales);
      }
      return [{ dtype: required(scale).dtype, dims }];
    },
  },
  Div: binary(),
  Equal: binary('bool'),
  Erf: unary(),
  Exp: unary(),
  Expand: {
    infer([x, shape]) {
      const { dtype, dims } = required(x);
      return [{ dtype, dims: broadcast(dims, integers(shape)) }];
    },
  },
  Gather: {
    infer([data, indices], { axis }) {
      const { dtype, dims } = required(data);
      return [{ dtype, dims: [...dims.slice(0, axis), ...required(indices).dims, ...dims.slice(axis + 1)] }];
    },
  },
  GatherElements: {
    infer: ([data, indices]) => [{ dtype: required(data).dtype, dims: required(indices).dims }],
  },
  Gemm: {
    infer([a, b, c], { transA, transB }) {
      const [m, k] = transposed(required(a).dims, transA);
      const [inner, n] = transposed(required(b).dims, transB);
      expectDims([inner ?? unknown], [k ?? unknown]);
      const dims = [m ?? unknown, n ?? unknown];
      if (c !== undefined) expectDims(broadcast(c.dims, dims), dims);
      return [{ dtype: required(a).dtype, dims }];
    },
  },
  Greater: binary('bool'),
  Identity: unary(),
  LeakyRelu: unary(),
  Log: unary(),
  Loop: {
    infer([, , ...states], { body }) {
      const bodyStates = body.inputs.slice(2);
      const [condition, ...outputs] = body.outputs;
      if (condition?.dtype !== 'bool') throw new Error('the body gives no condition');
      if (bodyStates.length !== states.length)
        throw new Error(`${states.length} states for ${bodyStates.length}`);
      for (const [i, state] of states.entries()) {
        for (const other of [bodyStates[i], outputs[i]]) {
          if (other?.dtype !== state.dtype) throw new Error(`state ${state.name} changes its element type`);
          expectDims(other.dims, state.dims);
        }
      }
      return outputs.map(({ dtype, dims }, i) =>
        i < states.length ? { dtype, dims } : { dtype, dims: [unknown, ...dims] },
      );
    },
  },
  MatMul: {
    infer([a, b]) {
      const left = required(a);
      const right = required(b);
      if (left.dims.length < 2 || right.dims.length < 2) throw new Error('matrices are needed');
      expectDims([right.dims.at(-2) ?? unknown], [left.dims.at(-1) ?? unknown]);
      const batch = broadcast(left.dims.slice(0, -2), right.dims.slice(0, -2));
      return [
        { dtype: left.dtype, dims: [...batch, left.dims.at(-2) ?? unknown, right.dims.at(-1) ?? unknown] },
      ];
    },
  },
  Max: binary(),
  MaxPool: {
    infer([x], attributes) {
      const pooled = windowed(required(x), required(x).dims[1], attributes);
      return [pooled, { dtype: 'int64', dims: pooled.dims }];
    },
  },
  MaxUnpool: {
    infer([x, indices, shape], { kernel_shape, strides }) {
      const { dtype, dims } = required(x);
      expectDims(required(indices).dims, dims);
      const tiled = kernel_shape.map((size, i) => (known(dims[i + 2]) - 1) * (strides[i] ?? 1) + size);
      return [{ dtype, dims: shape === undefined ? [...dims.slice(0, 2), ...tiled] : integers(shape) }];
    },
  },
  Mul: binary(),
  Neg: unary(),
  Pad: {
    infer([x, pads]) {
      const { dtype, dims } = required(x);
      const sizes = integers(pads);
      if (sizes.length !== 2 * dims.length) throw new Error(`${sizes.length} pads for ${dims.length} axes`);
      const padded = dims.map((size, axis) => {
        const added = (sizes[axis] ?? 0) + (sizes[axis + dims.length] ?? 0);
        return added === 0 ? size : known(size) + added;
      });
      return [{ dtype, dims: padded }];
    },
  },
  Pow: binary(),
  QuantizeLinear: {
    infer([x, scale, zeroPoint]) {
      expectDims(required(scale).dims, []);
      expectDims(required(zeroPoint).dims, []);
      return [{ dtype: required(zeroPoint).dtype, dims: required(x).dims }];
    },
  },
  Range: { infer: ([start]) => [{ dtype: required(start).dtype, dims: [unknown] }] },
  ReduceMax: reduction(),
  ReduceMean: reduction(),
  ReduceSum: {
    infer([x, axes], { keepdims }) {
      const { dtype, dims } = required(x);
      return [{ dtype, dims: reduced(dims, integers(axes), keepdims) }];
    },
  },
  Relu: unary(),
  Reshape: {
    infer([x, shape]) {
      const { dtype, dims } = required(x);
      const target = integers(shape).map((size, axis) => (size === 0 ? (dims[axis] ?? unknown) : size));
      if (!dims.every((size) => typeof size === 'number')) {
        return [{ dtype, dims: target.map((size) => (size === -1 ? unknown : size)) }];
      }
      const count = elementCount(dims);
      const fixed = elementCount(target.filter((size) => typeof size === 'number' && size !== -1).map(known));
      const result = target.map((size) => (size === -1 ? count / fixed : size));
      if (elementCount(result.map(known)) !== count) throw new Error(`${dims} does not reshape to ${target}`);
      return [{ dtype, dims: result }];
    },
  },
  Round: unary(),
  ScatterElements: {
    infer([data, indices, updates]) {
      expectDims(required(updates).dims, required(indices).dims);
      return [required(data)];
    },
  },
  Shape: { infer: ([x]) => [{ dtype: 'int64', dims: [required(x).dims.length] }] },
  Sigmoid: unary(),
  Slice: {
    infer([x, starts, ends, axes, steps]) {
      const { dtype, dims } = required(x);
      const stepped = integers(steps);
      const from = integers(starts);
      const to = integers(ends);
      const sliced = integers(axes).reduce((sizes, axis, i) => {
        const size = known(dims[axis]);
        const step = stepped[i] ?? 1;
        // ONNX counts negative starts and ends from the back, and clamps them to the axis.
        const clamp = (index: number, low: number, high: number) =>
          Math.min(Math.max(index < 0 ? index + size : index, low), high);
        const start = step > 0 ? clamp(from[i] ?? 0, 0, size) : clamp(from[i] ?? 0, 0, size - 1);
        const end = step > 0 ? clamp(to[i] ?? 0, 0, size) : clamp(to[i] ?? 0, -1, size - 1);
        return sizes.with(axis, Math.max(0, Math.ceil((end - start) / step)));
      }, dims);
      return [{ dtype, dims: sliced }];
    },
  },
  Softmax: unary(),
  Sqrt: unary(),
  Sub: binary(),
  Tanh: unary(),
  Transpose: {
    infer([x], { perm }) {
      const { dtype, dims } = required(x);
      if (perm.toSorted((a, b) => a - b).join() !== dims.map((_, axis) => axis).join()) {
        throw new Error(`${perm} is no permutation of ${dims.length} axes`);
      }
      return [{ dtype, dims: perm.map((axis) => dims[axis] ?? unknown) }];
    },
  },
  Where: {
    infer([condition, x, y]) {
      if (required(condition).dtype !== 'bool') throw new Error('the condition is not bool');
      return [
        {
          dtype: sameType(required(x), required(y)),
          dims: broadcast(required(condition).dims, required(x).dims, required(y).dims),
        },
      ];
    },
  },
};
