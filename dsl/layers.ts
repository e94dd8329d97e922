/**
 * The layers that can be declared: attributes, and one rule per kind for shape, parameters and cost.
 *
 * The tables are total over {@link LayerKind}: a kind without a rule does not compile. Parameter names and
 * layouts are PyTorch's (`conv1.weight` is `[out, in, kH, kW]`, `dense1.weight` is `[out, in]`).
 */
import { badOption, divisor, ofRank, positiveInteger, present, slide } from './checks.ts';
import { AreographError } from './errors.ts';
import { formatShape, N, reach, type Shape, sizes, type Window } from './shape.ts';

/** Attributes of each kind of layer; plain data, kept as JSON in a model's metadata. */
export interface LayerAttributes {
  input: { readonly channels: number; readonly height: number; readonly width: number };
  conv2d: Window & {
    readonly filters: number;
    readonly bias: boolean;
    readonly dilation: number;
    readonly groups: number;
  };
  batchNorm: { readonly epsilon: number; readonly momentum: number };
  layerNorm: { readonly epsilon: number };
  groupNorm: { readonly groups: number; readonly epsilon: number };
  relu: Record<never, never>;
  leakyRelu: { readonly slope: number };
  gelu: { readonly approximate: 'none' | 'tanh' };
  silu: Record<never, never>;
  sigmoid: Record<never, never>;
  maxPool: Window;
  averagePool: Window;
  globalAveragePool: Record<never, never>;
  flatten: Record<never, never>;
  dense: { readonly units: number; readonly bias: boolean };
  dropout: { readonly rate: number };
  add: Record<never, never>;
  concat: Record<never, never>;
  scale: Record<never, never>;
  ensemble: Record<never, never>;
  softmax: Record<never, never>;
}
export type LayerKind = keyof LayerAttributes;

/** One declared layer: a node of the architecture's graph. Its kind decides the type of its attributes. */
export type Layer<Kind extends LayerKind = LayerKind> = {
  [K in Kind]: {
    readonly kind: K;
    readonly name: string;
    readonly attributes: LayerAttributes[K];
    readonly inputs: readonly Layer[];
    readonly shape: Shape;
  };
}[Kind];

/**
 * How a parameter starts.
 * fanInUniform: U(-b, b), b = 1 / sqrt(fanIn), the default of PyTorch's convolution and linear layers. Batch norm
 * makes the scale of a convolution's weights moot; for a wide dense layer, He's bound (sqrt(6) times larger) trains
 * worse.
 */
export type Initializer = 'fanInUniform' | 'zeros' | 'ones';

export interface Parameter {
  /** `weight`, `bias`, `running_mean` or `running_var`, as in PyTorch. */
  readonly role: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** False for batch norm's running statistics, which are state but have no gradient. */
  readonly trainable: boolean;
}

export interface LayerRule<A> {
  /** Number of tensors that the layer takes; sums and concatenations take two or more. */
  readonly arity: 0 | 1 | 2 | 'several';
  /** Shape of the output. @throws AreographError 'shape' or 'option' that names the layer. */
  shape(name: string, attributes: A, inputs: readonly Shape[]): Shape;
  parameters(attributes: A, inputs: readonly Shape[]): readonly Parameter[];
  /** Floating-point operations for one image; a multiply-add counts as two. */
  flops(attributes: A, inputs: readonly Shape[], output: Shape): number;
  /** The sliding window, a dilated one by its reach, where there is one: it widens the receptive field. */
  window?(attributes: A): Window;
}

export const layerRules: { readonly [K in LayerKind]: LayerRule<LayerAttributes[K]> } = {
  input: {
    arity: 0,
    shape(name, { channels, height, width }) {
      positiveInteger(name, 'channels', channels);
      positiveInteger(name, 'height', height);
      positiveInteger(name, 'width', width);
      return [N, channels, height, width];
    },
    parameters: none,
    flops: () => 0,
  },
  conv2d: {
    arity: 1,
    shape(name, attributes, [input]) {
      const { filters, groups, dilation } = attributes;
      positiveInteger(name, 'filters', filters);
      const shape = ofRank(name, 4, input);
      divisor(name, 'groups', groups, shape[1], 'channels');
      divisor(name, 'groups', groups, filters, 'filters');
      const [, , height, width] = slide(name, attributes, shape, dilation);
      return [N, filters, height, width];
    },
    parameters({ filters, kernel, groups, bias }, [input]) {
      const channels = channelsOf(input) / groups;
      const weight: Parameter = trainable('weight', [filters, channels, kernel, kernel], 'fanInUniform');
      return bias ? [weight, trainable('bias', [filters], 'zeros')] : [weight];
    },
    flops({ kernel, groups, bias }, [input], output) {
      return count(output) * (2 * (channelsOf(input) / groups) * kernel * kernel + (bias ? 1 : 0));
    },
    window: ({ kernel, dilation, stride, padding }) => ({ kernel: reach(kernel, dilation), stride, padding }),
  },
  batchNorm: {
    arity: 1,
    shape(name, { epsilon, momentum }, [input]) {
      checkEpsilon(name, epsilon);
      if (!(momentum > 0 && momentum <= 1)) throw badOption(name, 'momentum', 'a number in (0, 1]', momentum);
      return ofRank(name, 4, input);
    },
    parameters(_attributes, [input]) {
      const shape = [channelsOf(input)];
      return [
        ...affine(shape),
        { role: 'running_mean', shape, initializer: 'zeros', trainable: false },
        { role: 'running_var', shape, initializer: 'ones', trainable: false },
      ];
    },
    // At inference it is one multiply-add.
    flops: (_attributes, _inputs, output) => 2 * count(output),
  },
  layerNorm: {
    arity: 1,
    shape(name, { epsilon }, [input]) {
      checkEpsilon(name, epsilon);
      return present(name, input);
    },
    parameters: (_attributes, [input]) => affine(input === undefined ? [] : sizes(input)),
    // The mean, the deviations from it, their squares and sum, the quotient, and a multiply-add.
    flops: (_attributes, _inputs, output) => 7 * count(output),
  },
  groupNorm: {
    arity: 1,
    shape(name, { groups, epsilon }, [input]) {
      checkEpsilon(name, epsilon);
      const shape = ofRank(name, 4, input);
      divisor(name, 'groups', groups, shape[1], 'channels');
      return shape;
    },
    parameters: (_attributes, [input]) => affine([channelsOf(input)]),
    // The mean, the deviations from it, their squares and sum, and a multiply-add that divides as well.
    flops: (_attributes, _inputs, output) => 6 * count(output),
  },
  relu: elementwise(noOptions),
  leakyRelu: elementwise((name, { slope }) => {
    if (!Number.isFinite(slope)) throw badOption(name, 'slope', 'a finite number', slope);
  }),
  // A quotient, erf, a sum and two products; a cube makes the approximation longer.
  gelu: elementwise(noOptions, ({ approximate }) => ({ none: 5, tanh: 9 })[approximate]),
  // The sigmoid and a product.
  silu: elementwise(noOptions, () => 4),
  // exp, sum, divide
  sigmoid: elementwise(noOptions, () => 3),
  maxPool: pooling((kernel) => kernel * kernel),
  averagePool: pooling((kernel) => kernel * kernel),
  globalAveragePool: {
    arity: 1,
    shape(name, _attributes, [input]) {
      const [, channels] = ofRank(name, 4, input);
      return [N, channels];
    },
    parameters: none,
    flops: (_attributes, [input]) => count(input),
  },
  flatten: {
    arity: 1,
    shape(name, _attributes, [input]) {
      return [N, count(ofRank(name, 4, input))];
    },
    parameters: none,
    flops: () => 0,
  },
  dense: {
    arity: 1,
    shape(name, { units }, [input]) {
      positiveInteger(name, 'units', units);
      ofRank(name, 2, input);
      return [N, units];
    },
    parameters({ units, bias }, [input]) {
      const weight = trainable('weight', [units, channelsOf(input)], 'fanInUniform');
      return bias ? [weight, trainable('bias', [units], 'zeros')] : [weight];
    },
    flops: ({ units, bias }, [input]) => units * (2 * channelsOf(input) + (bias ? 1 : 0)),
  },
  dropout: {
    ...elementwise((name, { rate }: LayerAttributes['dropout']) => {
      if (!(rate >= 0 && rate < 1)) throw badOption(name, 'rate', 'a rate of at least 0 and under 1', rate);
    }),
    // Dropout is the identity at inference.
    flops: () => 0,
  },
  add: {
    arity: 'several',
    shape: (name, _attributes, inputs) =>
      ofOneShape(name, inputs, 'Match channels with a 1x1 convolution, height and width with its stride.'),
    parameters: none,
    flops: (_attributes, inputs, output) => (inputs.length - 1) * count(output),
  },
  concat: {
    arity: 'several',
    shape(name, _attributes, inputs) {
      const shapes = inputs.map((input) => ofRank(name, 4, input));
      const [, , height, width] = present(name, shapes[0]);
      for (const shape of shapes) {
        if (shape[2] !== height || shape[3] !== width) {
          throw new AreographError({
            code: 'shape',
            where: name,
            expected: `tensors of height ${height} and width ${width}`,
            found: formatShape(shape),
            next: 'Only channels may differ: use the same strides and padding in every branch.',
          });
        }
      }
      return [N, shapes.reduce((total, [, channels]) => total + channels, 0), height, width];
    },
    parameters: none,
    flops: () => 0,
  },
  scale: {
    arity: 2,
    shape(name, _attributes, [input, gate]) {
      const shape = ofRank(name, 4, input);
      const [, gates] = ofRank(name, 2, gate);
      if (gates === shape[1]) return shape;
      throw new AreographError({
        code: 'shape',
        where: name,
        expected: `a gate for each of ${shape[1]} channels`,
        found: `${gates}`,
        next: 'End the branch of the gates with a dense layer of as many units as there are channels.',
      });
    },
    parameters: none,
    flops: (_attributes, _inputs, output) => count(output),
  },
  ensemble: {
    arity: 'several',
    shape: (name, _attributes, inputs) =>
      ofRank(
        name,
        2,
        ofOneShape(
          name,
          inputs,
          'End every member with a dense layer of as many units as there are classes.',
        ),
      ),
    parameters: none,
    flops: (_attributes, inputs, output) => inputs.length * count(output),
  },
  softmax: {
    arity: 1,
    shape: (name, _attributes, [input]) => ofRank(name, 2, input),
    parameters: none,
    // exp, sum, divide
    flops: (_attributes, _inputs, output) => 3 * count(output),
  },
};

function none(): readonly Parameter[] {
  return [];
}

function trainable(role: string, shape: readonly number[], initializer: Initializer): Parameter {
  return { role, shape, initializer, trainable: true };
}

/** The shape that all tensors have. */
function ofOneShape(name: string, [first, ...others]: readonly Shape[], next: string): Shape {
  const shape = present(name, first);
  for (const other of others) {
    if (formatShape(other) !== formatShape(shape)) {
      throw new AreographError({
        code: 'shape',
        where: name,
        expected: `tensors of one shape, ${formatShape(shape)}`,
        found: formatShape(other),
        next,
      });
    }
  }
  return shape;
}

/** Scale and shift after a normalisation. */
function affine(shape: readonly number[]): Parameter[] {
  return [trainable('weight', shape, 'ones'), trainable('bias', shape, 'zeros')];
}

function checkEpsilon(name: string, epsilon: number): void {
  if (!(epsilon > 0)) throw badOption(name, 'epsilon', 'a number over 0', epsilon);
}

function noOptions(): void {}

function elementwise<A>(
  check: (name: string, attributes: A) => void,
  flopsPerElement: (attributes: A) => number = () => 1,
): LayerRule<A> {
  return {
    arity: 1,
    shape(name, attributes, [input]) {
      check(name, attributes);
      return present(name, input);
    },
    parameters: none,
    flops: (attributes, _inputs, output) => flopsPerElement(attributes) * count(output),
  };
}

function pooling(flopsPerOutput: (kernel: number) => number): LayerRule<Window> {
  return {
    arity: 1,
    shape(name, attributes, [input]) {
      const shape = slide(name, attributes, ofRank(name, 4, input));
      // A window that lies in the padding alone has no maximum and no mean.
      if (attributes.padding !== 'same' && attributes.padding * 2 > attributes.kernel) {
        throw badOption(
          name,
          'padding',
          `at most half the kernel, ${attributes.kernel / 2}`,
          attributes.padding,
        );
      }
      return shape;
    },
    parameters: none,
    flops: ({ kernel }, _inputs, output) => count(output) * flopsPerOutput(kernel),
    window: (attributes) => attributes,
  };
}

/** Channels of an image tensor, features of a flat one. */
function channelsOf(shape: Shape | undefined): number {
  return shape?.[1] ?? 0;
}

/** Elements of one image's tensor. */
function count(shape: Shape | undefined): number {
  return shape === undefined ? 0 : sizes(shape).reduce((product, size) => product * size, 1);
}
