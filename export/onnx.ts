/** Graphs to and from ONNX protobuf; the only file that knows the format. */
import onnxProto, { type onnx } from 'onnx-proto';
import { AreographError } from '../dsl/errors.ts';
import { checkGraph } from './checkGraph.ts';
import { fromFloat16 } from './float16.ts';
import { type AttributeValue, Graph, type Node, type Value } from './graph.ts';
import { fromIntegers, scaleName } from './int8.ts';
import type { NamedTensor } from './namedTensor.ts';
import type { AttributeName } from './operators.ts';
import { type Constant, type DataType, dataTypes, type TensorType } from './tensorType.ts';

// A CommonJS package: Node offers its exports through the default export only.
const { ModelProto, TensorProto, AttributeProto } = onnxProto.onnx;

/**
 * Set explicitly: execution providers match kernels by schema version, and 17 is the newest that all of them
 * have whole.
 */
export const opset = 17;
const irVersion = 8;

const elementTypes: { readonly [K in DataType]: onnx.TensorProto.DataType } = {
  float32: TensorProto.DataType.FLOAT,
  float16: TensorProto.DataType.FLOAT16,
  int8: TensorProto.DataType.INT8,
  uint8: TensorProto.DataType.UINT8,
  int32: TensorProto.DataType.INT32,
  int64: TensorProto.DataType.INT64,
  bool: TensorProto.DataType.BOOL,
};

const attributeKinds: {
  readonly [K in AttributeName]: 'int' | 'ints' | 'float' | 'string' | 'dataType' | 'graph';
} = {
  alpha: 'float',
  axes: 'ints',
  axis: 'int',
  blocksize: 'int',
  body: 'graph',
  dilations: 'ints',
  epsilon: 'float',
  group: 'int',
  keepdims: 'int',
  kernel_shape: 'ints',
  mode: 'string',
  output_padding: 'ints',
  pads: 'ints',
  perm: 'ints',
  reduction: 'string',
  strides: 'ints',
  to: 'dataType',
  transA: 'int',
  transB: 'int',
};

/**
 * A graph as a serialised ModelProto; `metadata` becomes metadata_props.
 *
 * @param version of the operator set
 * @throws AreographError 'graph' if the graph contradicts itself
 */
export function encodeModel(
  graph: Graph,
  metadata: Readonly<Record<string, string>> = {},
  version = opset,
): Uint8Array {
  checkGraph(graph);
  const model = ModelProto.create({
    irVersion,
    opsetImport: [{ domain: '', version }],
    producerName: 'areograph',
    graph: encodeGraph(graph),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
  return ModelProto.encode(model).finish();
}

/**
 * The metadata_props of a serialised model.
 *
 * @throws AreographError 'model' if the bytes are no ONNX model
 */
export function decodeMetadata(bytes: Uint8Array, where: string): Record<string, string> {
  return Object.fromEntries(
    decodeModel(bytes, where).metadataProps?.map(({ key, value }) => [key ?? '', value ?? '']) ?? [],
  );
}

/**
 * The weights of a serialised model by name, as float32: its float32 and float16 initializers, and those int8 and int32
 * ones that its graph multiplies by their scale, as ours do. Other integer initializers, of models that were quantised
 * elsewhere, are left out: what they stand for is not known.
 *
 * @throws AreographError 'model' if the bytes are no ONNX model
 */
export function decodeInitializers(bytes: Uint8Array, where: string): Map<string, NamedTensor> {
  const { initializer, node } = decodeModel(bytes, where).graph ?? {};
  const tensors = new Map<string, NamedTensor>();
  const integers = new Map<string, Integers>();
  for (const { name, dataType, dims: sizes, rawData } of initializer ?? []) {
    if (dataType === null || dataType === undefined || rawData === null || rawData === undefined) continue;
    // Copied: the bytes of a protobuf field are not aligned.
    const { buffer } = Uint8Array.from(rawData);
    const dims = (sizes ?? []).map(Number);
    const toFloat32 = floatTypes.get(dataType);
    const toIntegers = integerTypes.get(dataType);
    if (toFloat32 !== undefined) tensors.set(name ?? '', { dims, data: toFloat32(buffer) });
    else if (toIntegers !== undefined) integers.set(name ?? '', { dims, values: toIntegers(buffer) });
  }
  const nodes = node ?? [];
  const [scaled, dequantized] = [scaledWeights(nodes), dequantizedWeights(nodes, integers)];
  for (const [name, { dims, values }] of integers) {
    const scales = tensors.get(scaleName(name));
    // Along the first axis, whether or not the others are there to be broadcast.
    const wanted = dequantized.has(name)
      ? dims.slice(0, 1)
      : dims.map((size, axis) => (axis === 0 ? size : 1));
    const known = dequantized.has(name) || scaled.has(name);
    if (!known || scales?.dims.join() !== wanted.join()) continue;
    tensors.delete(scaleName(name));
    tensors.set(name, { dims, data: fromIntegers({ values, scales: scales.data }) });
  }
  return tensors;
}

interface Integers {
  readonly dims: readonly number[];
  readonly values: Int8Array | Int32Array;
}

/** Types that weights and biases of integer kernels are stored in, and how to read them. */
const integerTypes: ReadonlyMap<number, (bytes: ArrayBuffer) => Integers['values']> = new Map<
  number,
  (bytes: ArrayBuffer) => Integers['values']
>([
  [elementTypes.int8, (bytes) => new Int8Array(bytes)],
  [elementTypes.int32, (bytes) => new Int32Array(bytes)],
]);

/** Names of what is cast to float32 and then multiplied by its scale. */
function scaledWeights(nodes: readonly onnx.INodeProto[]): Set<string> {
  const castFrom = new Map(
    nodes
      .filter(
        ({ opType, attribute }) => opType === 'Cast' && Number(attribute?.[0]?.i) === elementTypes.float32,
      )
      .map(({ input, output }) => [output?.[0], input?.[0]]),
  );
  return new Set(
    nodes.flatMap(({ opType, input }) => {
      const weights = castFrom.get(input?.[0]);
      const isScaled = opType === 'Mul' && weights !== undefined && input?.[1] === scaleName(weights);
      return isScaled ? [weights] : [];
    }),
  );
}

/** Names of what DequantizeLinear multiplies by its scale along the first axis, with no zero point but zeros. */
function dequantizedWeights(
  nodes: readonly onnx.INodeProto[],
  integers: ReadonlyMap<string, Integers>,
): Set<string> {
  return new Set(
    nodes.flatMap(({ opType, input, attribute }) => {
      const [name, scale, zeroPoint] = input ?? [];
      const axis = Number(attribute?.find((each) => each.name === 'axis')?.i ?? 1);
      const zero = zeroPoint === undefined || integers.get(zeroPoint)?.values.every((value) => value === 0);
      const isOurs = opType === 'DequantizeLinear' && zero === true && axis === 0;
      return isOurs && name !== undefined && scale === scaleName(name) ? [name] : [];
    }),
  );
}

/**
 * The type that a serialised model stores an initializer in; undefined if it has none of that name, or one of a type that
 * ours have not.
 *
 * @throws AreographError 'model' if the bytes are no ONNX model
 */
export function storedType(bytes: Uint8Array, where: string, name: string): DataType | undefined {
  const found = decodeModel(bytes, where).graph?.initializer?.find((each) => each.name === name);
  return dataTypes.find((type) => elementTypes[type] === found?.dataType);
}

/**
 * Names of the files, beside the model's own, that hold numbers of its initializers.
 *
 * @throws AreographError 'model' if the bytes are no ONNX model
 */
export function externalFiles(bytes: Uint8Array, where: string): string[] {
  const initializers = decodeModel(bytes, where).graph?.initializer ?? [];
  const files = initializers
    .filter(({ dataLocation }) => dataLocation === TensorProto.DataLocation.EXTERNAL)
    .flatMap(({ externalData }) => externalData ?? [])
    .flatMap(({ key, value }) => (key === 'location' ? [value ?? ''] : []));
  return [...new Set(files)];
}

/** Types that weights are stored in, and how to read them. */
const floatTypes: ReadonlyMap<number, (bytes: ArrayBuffer) => Float32Array> = new Map([
  [elementTypes.float32, (bytes) => new Float32Array(bytes)],
  [elementTypes.float16, (bytes) => fromFloat16(new Uint16Array(bytes))],
]);

function decodeModel(bytes: Uint8Array, where: string): onnx.IModelProto {
  try {
    const model = ModelProto.decode(bytes);
    if (model.graph === null || model.graph === undefined) throw new Error('no graph');
    return model;
  } catch (error) {
    throw new AreographError(
      {
        code: 'model',
        where,
        expected: 'an ONNX model',
        found: `${bytes.length} bytes that are none (${error instanceof Error ? error.message : error})`,
        next: 'Give a .onnx file that `npm run train` exported.',
      },
      { cause: error },
    );
  }
}

function encodeGraph(graph: Graph): onnx.IGraphProto {
  const outputs = new Set(graph.outputs);
  const intermediates = graph.nodes.flatMap((node) => node.outputs).filter((value) => !outputs.has(value));
  return {
    name: graph.name,
    input: graph.inputs.map(encodeValue),
    output: graph.outputs.map(encodeValue),
    initializer: graph.initializers.map(encodeInitializer),
    node: graph.nodes.map(encodeNode),
    valueInfo: intermediates.map(encodeValue),
  };
}

function encodeValue(value: Value): onnx.IValueInfoProto {
  return { name: value.name, type: { tensorType: encodeType(value) } };
}

function encodeType({ dtype, dims }: TensorType): onnx.TypeProto.ITensor {
  const dim = dims.map((size) =>
    typeof size === 'number' ? { dimValue: size } : size === '?' ? {} : { dimParam: size },
  );
  return { elemType: elementTypes[dtype], shape: { dim } };
}

function encodeInitializer({ name, constant }: Value): onnx.ITensorProto {
  if (constant === undefined) throw new Error(`initializer ${name} has no numbers`);
  const { dtype, dims, data }: Constant = constant;
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dataType: elementTypes[dtype], dims: [...dims], rawData };
}

function encodeNode({ name, operator, inputs, outputs, attributes }: Node): onnx.INodeProto {
  return {
    name,
    opType: operator,
    input: inputs.map((value) => value.name),
    output: outputs.map((value) => value.name),
    attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
  };
}

function isAttributeName(name: string): name is AttributeName {
  return Object.hasOwn(attributeKinds, name);
}

function isDataType(name: AttributeValue): name is DataType {
  return typeof name === 'string' && Object.hasOwn(elementTypes, name);
}

function encodeAttribute(name: string, value: AttributeValue): onnx.IAttributeProto {
  const kind = isAttributeName(name) ? attributeKinds[name] : undefined;
  const { AttributeType } = AttributeProto;
  if (kind === 'int' && typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (kind === 'float' && typeof value === 'number') return { name, type: AttributeType.FLOAT, f: value };
  if (kind === 'dataType' && isDataType(value))
    return { name, type: AttributeType.INT, i: elementTypes[value] };
  if (kind === 'string' && typeof value === 'string') {
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  }
  if (kind === 'graph' && value instanceof Graph)
    return { name, type: AttributeType.GRAPH, g: encodeGraph(value) };
  if (kind === 'ints' && Array.isArray(value)) return { name, type: AttributeType.INTS, ints: [...value] };
  throw new Error(`attribute ${name} cannot be ${JSON.stringify(value)}`);
}
