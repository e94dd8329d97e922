/**
 * A graph of ONNX operators under construction: values, nodes, and one owner of names.
 *
 * Values carry their type and shape; an operator is applied with {@link Value.apply}, whose shape rule is
 * looked up in the table of operators. Equal applications are shared (common subexpressions), and what no
 * output needs is left out when the graph is finished.
 */
import { AreographError } from '../dsl/errors.ts';
import { type Attributes, type OperatorName, operators, type Subgraph } from './operators.ts';
import {
  type Constant,
  type DataType,
  type Dimension,
  describe,
  type Operand,
  type TensorData,
  type TensorType,
} from './tensorType.ts';

/** One application of an operator, which decides the type of its attributes. */
export type Node<Name extends OperatorName = OperatorName> = {
  [K in Name]: {
    readonly name: string;
    readonly operator: K;
    readonly inputs: readonly Value[];
    readonly outputs: readonly Value[];
    readonly attributes: Attributes[K];
  };
}[Name];

/** What to do about a graph that contradicts itself. */
export const compilerFault = 'This is a fault in the compiler: please report it with the model.';

export type AttributeValue = number | readonly number[] | string | Subgraph;

/**
 * A tensor in a graph: a graph input, an initializer, or an output of a node. Its methods append the ONNX
 * operator of that name, in the innermost graph of the operands; a number stands for a float32 scalar.
 */
export class Value implements Operand {
  readonly graph: Graph;
  readonly dtype: DataType;
  readonly dims: readonly Dimension[];
  readonly constant: Constant | undefined;
  #name: string;

  constructor(graph: Graph, name: string, { dtype, dims }: TensorType, constant?: Constant) {
    this.graph = graph;
    this.#name = name;
    this.dtype = dtype;
    this.dims = dims;
    this.constant = constant;
  }

  get name(): string {
    return this.#name;
  }

  /** For {@link Graph.output} alone: an output has the name that the graph promises. */
  rename(name: string): void {
    this.#name = name;
  }

  /** Sizes of a value whose shape is static. @throws AreographError 'graph' if an axis is symbolic. */
  get sizes(): readonly number[] {
    return this.dims.map((dimension) => {
      if (typeof dimension === 'number') return dimension;
      throw new AreographError({
        code: 'graph',
        where: this.name,
        expected: 'a static shape',
        found: describe(this),
        next: compilerFault,
      });
    });
  }

  /** Appends an operator whose first input is this value, and gives its first output. */
  apply<K extends OperatorName>(
    operator: K,
    attributes: Attributes[K],
    ...others: readonly (Value | number)[]
  ): Value {
    const inputs = [
      this,
      ...others.map((other) => (typeof other === 'number' ? this.graph.scalar(other) : other)),
    ];
    const [output] = innermost(inputs).node(operator, inputs, attributes);
    if (output === undefined) throw new Error(`${operator} has no output`);
    return output;
  }

  add(other: Value | number): Value {
    return this.apply('Add', {}, other);
  }

  sub(other: Value | number): Value {
    return this.apply('Sub', {}, other);
  }

  mul(other: Value | number): Value {
    return this.apply('Mul', {}, other);
  }

  div(other: Value | number): Value {
    return this.apply('Div', {}, other);
  }

  pow(other: Value | number): Value {
    return this.apply('Pow', {}, other);
  }

  max(other: Value | number): Value {
    return this.apply('Max', {}, other);
  }

  greater(other: Value | number): Value {
    return this.apply('Greater', {}, other);
  }

  equal(other: Value | number): Value {
    return this.apply('Equal', {}, other);
  }

  /** 1 - x */
  oneMinus(): Value {
    return this.graph.scalar(1).sub(this);
  }

  abs(): Value {
    return this.apply('Abs', {});
  }

  neg(): Value {
    return this.apply('Neg', {});
  }

  exp(): Value {
    return this.apply('Exp', {});
  }

  log(): Value {
    return this.apply('Log', {});
  }

  sqrt(): Value {
    return this.apply('Sqrt', {});
  }

  cast(to: DataType): Value {
    return to === this.dtype ? this : this.apply('Cast', { to });
  }

  matMul(other: Value): Value {
    return this.apply('MatMul', {}, other);
  }

  transpose(...perm: readonly number[]): Value {
    return this.apply('Transpose', { perm });
  }

  gather(indices: Value, axis = 0): Value {
    return this.apply('Gather', { axis }, indices);
  }

  /** ONNX Reshape: 0 keeps a size, -1 is worked out. */
  reshape(...shape: readonly number[]): Value {
    return shape.join() === this.dims.join() ? this : this.apply('Reshape', {}, this.graph.ints(shape));
  }

  sum(axes: readonly number[], keepdims: 0 | 1 = 0): Value {
    return this.apply('ReduceSum', { keepdims }, this.graph.ints(axes));
  }

  mean(axes: readonly number[], keepdims: 0 | 1 = 0): Value {
    return this.apply('ReduceMean', { axes, keepdims });
  }

  maxOver(axes: readonly number[], keepdims: 0 | 1 = 0): Value {
    return this.apply('ReduceMax', { axes, keepdims });
  }

  /** Elements from `start` up to `end` (not included) of one axis, every `step`-th; a negative step reverses. */
  slice(axis: number, start: number, end: number, step = 1): Value {
    return this.apply(
      'Slice',
      {},
      ...[[start], [end], [axis], [step]].map((values) => this.graph.ints(values)),
    );
  }

  /**
   * ONNX Pad with a constant, 0 by default: first the sizes to add before the elements of each axis, then those after.
   * A negative size cuts off.
   */
  pad(sizes: readonly number[], value?: number): Value {
    if (sizes.every((size) => size === 0)) return this;
    const constant = value === undefined ? [] : [value];
    return this.apply('Pad', { mode: 'constant' }, this.graph.ints(sizes), ...constant);
  }

  /** Values one after the other along an axis. */
  static concat(parts: readonly Value[], axis: number): Value {
    const [first, ...others] = parts;
    if (first === undefined) throw new Error('there is nothing to concatenate');
    return others.length === 0 ? first : first.apply('Concat', { axis }, ...others);
  }

  /** This value where `condition` holds, else `other`. */
  where(condition: Value, other: Value | number): Value {
    const alternative = typeof other === 'number' ? this.graph.scalar(other) : other;
    return condition.apply('Where', {}, this, alternative);
  }
}

export class Graph {
  readonly name: string;
  readonly parent: Graph | undefined;
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  readonly initializers: Value[] = [];
  nodes: Node[] = [];
  readonly #names: Set<string>;
  readonly #shared = new Map<string, readonly Value[]>();
  #scope = '';

  /** A graph of its own, or the body of a Loop in `parent`, whose values it can use and whose names it shares. */
  constructor(name: string, parent?: Graph) {
    this.name = name;
    this.parent = parent;
    this.#names = parent === undefined ? new Set() : parent.#names;
  }

  input(name: string, dtype: DataType, dims: readonly Dimension[]): Value {
    const value = new Value(this, this.#claim(name), { dtype, dims });
    this.inputs.push(value);
    return value;
  }

  /** Declares an output under a name of its own; what is no fresh result of a node is copied by an Identity. */
  output(name: string, value: Value): void {
    const fresh = this.nodes.some(({ outputs }) => outputs.includes(value)) && !this.outputs.includes(value);
    const [output] = fresh ? [value] : this.#append('Identity', [value], {});
    if (output === undefined) throw new Error('Identity has no output');
    output.rename(this.#claim(name));
    this.outputs.push(output);
  }

  /** An initializer: weights of an inference graph, or a small constant (shared if it occurs again). */
  constant(dtype: DataType, dims: readonly number[], data: TensorData, name?: string): Value {
    const key =
      name === undefined && data.length <= 16 ? `constant ${dtype} [${dims}] ${data.join()}` : undefined;
    const known = key === undefined ? undefined : this.#shared.get(key)?.[0];
    if (known !== undefined) return known;
    const claimed = name === undefined ? this.#unique('constant') : this.#claim(name);
    const value = new Value(this, claimed, { dtype, dims }, { dtype, dims, data });
    this.initializers.push(value);
    if (key !== undefined) this.#shared.set(key, [value]);
    return value;
  }

  scalar(value: number): Value {
    return this.constant('float32', [], Float32Array.of(value));
  }

  /** A 1-D int64 constant: shapes, axes, starts and ends. */
  ints(values: readonly number[]): Value {
    return this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Names the nodes that `build` adds, to this graph or those around it, after what they are for: `conv1.gradient/Conv`. */
  scoped<T>(scope: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = scope;
    try {
      return this.parent === undefined ? build() : this.parent.scoped(scope, build);
    } finally {
      this.#scope = outer;
    }
  }

  /**
   * Adds a node and gives its outputs, typed by the operator's shape rule.
   *
   * @throws AreographError 'graph' if the operator does not take these inputs.
   */
  node<K extends OperatorName>(
    operator: K,
    inputs: readonly Value[],
    attributes: Attributes[K],
  ): readonly Value[] {
    const plain = JSON.stringify(attributes, (_, value) => (value instanceof Graph ? value.name : value));
    const key = `${operator} (${inputs.map(({ name }) => name)}) ${plain}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const outputs = this.#append(operator, inputs, attributes);
    this.#shared.set(key, outputs);
    return outputs;
  }

  /**
   * Leaves out the nodes, initializers and optional last outputs (MaxPool's indices) that no output needs, in the
   * bodies of loops too.
   */
  prune(): this {
    const needed = new Set<Value>(this.outputs);
    const kept: Node[] = [];
    for (const node of this.nodes.toReversed()) {
      if (!node.outputs.some((output) => needed.has(output))) continue;
      const last = node.outputs.findLastIndex((output) => needed.has(output));
      kept.push({
        ...node,
        outputs: node.operator === 'Loop' ? node.outputs : node.outputs.slice(0, last + 1),
      });
      for (const input of node.inputs) needed.add(input);
      for (const body of Object.values(node.attributes)) {
        if (body instanceof Graph) for (const value of body.prune().captured()) needed.add(value);
      }
    }
    this.nodes = kept.reverse();
    const initializers = this.initializers.filter((value) => needed.has(value));
    this.initializers.splice(0, this.initializers.length, ...initializers);
    return this;
  }

  /** Values of the enclosing graphs that this body uses. */
  captured(): Value[] {
    const used = this.nodes.flatMap(({ inputs, attributes }) => [
      ...inputs,
      ...Object.values(attributes).flatMap((body) => (body instanceof Graph ? body.captured() : [])),
    ]);
    return used.filter(({ graph }) => graph !== this);
  }

  depth(): number {
    return this.parent === undefined ? 0 : 1 + this.parent.depth();
  }

  #append<K extends OperatorName>(
    operator: K,
    inputs: readonly Value[],
    attributes: Attributes[K],
  ): readonly Value[] {
    const name = this.#unique(`${this.#scope}/${operator}`);
    const types = inferTypes(name, operator, inputs, attributes);
    const outputs = types.map(
      (type, i) => new Value(this, i === 0 ? name : this.#claim(`${name}:${i}`), type),
    );
    const node: Node<K> = { name, operator, inputs, outputs, attributes };
    // The one place where an operator with its attributes is taken for a member of the union.
    this.nodes.push(node as Node);
    return outputs;
  }

  #claim(name: string): string {
    if (this.#names.has(name)) {
      throw new AreographError({
        code: 'graph',
        where: this.name,
        expected: 'names that are used once',
        found: `a second value named ${name}`,
        next: 'Rename the layer of that name.',
      });
    }
    this.#names.add(name);
    return name;
  }

  #unique(name: string): string {
    const base = name.replace(/^\//, '');
    let candidate = base;
    for (let number = 2; this.#names.has(candidate); number += 1) candidate = `${base}_${number}`;
    return this.#claim(candidate);
  }
}

/** Runs a node's shape rule. @throws AreographError 'graph' that names the node, if its inputs do not suit it */
export function inferTypes<K extends OperatorName>(
  name: string,
  operator: K,
  inputs: readonly Value[],
  attributes: Attributes[K],
): readonly TensorType[] {
  try {
    return operators[operator].infer(inputs, attributes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new AreographError(
      {
        code: 'graph',
        where: name,
        expected: `inputs that ${operator} takes`,
        found: `${inputs.map(describe).join(', ') || 'none'} (${error.message})`,
        next: compilerFault,
      },
      { cause: error },
    );
  }
}

/** The innermost graph of several values: where an operator on them belongs. */
function innermost(values: readonly Value[]): Graph {
  const [first, ...others] = values.map(({ graph }) => graph);
  if (first === undefined) throw new Error('an operator without inputs has no graph');
  return others.reduce((deepest, graph) => (graph.depth() > deepest.depth() ? graph : deepest), first);
}
