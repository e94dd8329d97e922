/** A declared architecture: its layers in topological order, with names, shapes and parameters. */
import { AreographError } from './errors.ts';
import { type Layer, type LayerAttributes, type LayerKind, layerRules, type Parameter } from './layers.ts';
import { formatShape, type Shape, type Window } from './shape.ts';
import type { Head } from './tensor.ts';

export interface NamedParameter extends Parameter {
  /** The layer's name and the role, as in PyTorch's state dict: `conv1.weight`. */
  readonly name: string;
}

export interface Model<Classes extends number = number> {
  readonly name: string;
  readonly input: LayerAttributes['input'];
  readonly classes: Classes;
  /** Every layer after those it takes; the first is the input, the last the softmax. */
  readonly layers: readonly Layer[];
  /** Why the architecture is as it is: one line a choice. */
  readonly reasons: readonly string[];
}

/**
 * Closes a declaration into a model.
 *
 * @throws AreographError 'name' if the name is not fit for a file name, 'model' if the last layer is no softmax
 */
export function model<Classes extends number>(
  name: string,
  head: Head<Classes>,
  reasons: readonly string[] = [],
): Model<Classes> {
  if (!/^[\w][\w.-]*$/.test(name)) {
    throw new AreographError({
      code: 'name',
      where: 'the model',
      expected: 'a name of letters, digits, ., _ and -',
      found: JSON.stringify(name),
      next: 'Rename the model: files are named after it.',
    });
  }
  // The type refuses it too, but a file may run without having been checked.
  if (head.layer.kind !== 'softmax') {
    throw new AreographError({
      code: 'model',
      where: name,
      expected: 'a softmax as the last layer',
      found: `${head.layer.name}, which is ${head.layer.kind}`,
      next: 'End the declaration with .softmax().',
    });
  }
  const layers = topologicalOrder(head.layer);
  const inside = layers.find(({ kind }, at) => kind === 'ensemble' && at < layers.length - 2);
  if (inside !== undefined) {
    throw new AreographError({
      code: 'model',
      where: inside.name,
      expected: 'an ensemble of logits, with nothing between it and the softmax',
      found: 'other layers after it',
      next: 'Let ensemble() be the head, or take add() for a sum within a network.',
    });
  }
  const [first] = layers;
  if (first?.kind !== 'input')
    throw new Error(`topological order starts with ${first?.kind}, not with the input`);
  return { name, input: first.attributes, classes: classesOf(head), layers, reasons };
}

/** Parameters of one layer under their full names. */
export function layerParameters<K extends LayerKind>(layer: Layer<K>): NamedParameter[] {
  const { name, kind, attributes, inputs } = layer;
  return layerRules[kind]
    .parameters(attributes, inputs.map(shapeOf))
    .map((parameter) => ({ ...parameter, name: `${name}.${parameter.role}` }));
}

/** All parameters and running statistics, in the layers' order. */
export function parameters(declared: Pick<Model, 'layers'>): NamedParameter[] {
  return declared.layers.flatMap((layer) => layerParameters(layer));
}

/** Floating-point operations of one layer for one image; a multiply-add counts as two. */
export function flops<K extends LayerKind>({ kind, attributes, inputs, shape }: Layer<K>): number {
  return layerRules[kind].flops(attributes, inputs.map(shapeOf), shape);
}

/** The layer's sliding window over height and width, where it has one. */
export function windowOf<K extends LayerKind>({ kind, attributes }: Layer<K>): Window | undefined {
  return layerRules[kind].window?.(attributes);
}

function shapeOf(layer: Layer): Shape {
  return layer.shape;
}

/** A layer and those that it needs, each after its inputs: depth-first. */
export function topologicalOrder(head: Layer): Layer[] {
  const seen = new Set<Layer>();
  const order: Layer[] = [];
  // Kept on an own stack: a declared network may be deeper than the call stack.
  const stack: { layer: Layer; next: number }[] = [{ layer: head, next: 0 }];
  seen.add(head);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const inputLayer = top.layer.inputs[top.next];
    top.next += 1;
    if (inputLayer === undefined) {
      order.push(top.layer);
      stack.pop();
    } else if (!seen.has(inputLayer)) {
      seen.add(inputLayer);
      stack.push({ layer: inputLayer, next: 0 });
    }
  }
  return order;
}

function classesOf<Classes extends number>(head: Head<Classes>): Classes {
  const { shape } = head.layer;
  if (shape.length !== 2) throw new Error(`a head has 2 dimensions, not ${formatShape(shape)}`);
  return shape[1] as Classes; // the head's type parameter is this very size
}
