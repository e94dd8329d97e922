/**
 * The builder: a tensor knows its shape in its type, and every layer is a method that gives the next tensor.
 *
 * Tensors are values: a tensor used twice makes a branch, {@link add} and {@link concat} join branches.
 *
 * @example
 * const x = input(32, 32, 3).conv2d(16, { kernel: 3 }).relu(); // Tensor<[N, 16, 32, 32]>
 * const y = add(x, x.conv2d(16, { kernel: 3 }).relu());        // a residual block
 */
import { divisor } from './checks.ts';
import { AreographError } from './errors.ts';
import { type Layer, type LayerAttributes, type LayerKind, layerRules } from './layers.ts';
import { type Names, uniqueName } from './names.ts';
import type {
  Agrees,
  Divides,
  Features,
  Images,
  N,
  NonNegativeInteger,
  OneClassCount,
  OneGateEach,
  Padding,
  PaddingWithinHalf,
  PositiveInteger,
  Product,
  Rate,
  Reach,
  Refused,
  SameExtent,
  SameShape,
  Shape,
  Sum,
  WindowedSize,
  WindowFits,
} from './shape.ts';

interface Named {
  /** The layer's name; by default its kind and a running number, such as `conv1`. */
  readonly name?: string;
}
interface ConvOptions extends Named {
  readonly kernel: number;
  /** Default 1. */
  readonly stride?: number;
  /** Default 'same'. */
  readonly padding?: Padding;
  /** Input pixels from one element of the kernel to the next. Default 1. */
  readonly dilation?: number;
  /** Parts that channels and filters are cut into, each convolved alone; as many as channels: depthwise. Default 1. */
  readonly groups?: number;
  /** Default true; a convolution before a batch norm needs none. */
  readonly bias?: boolean;
}
interface PoolOptions extends Named {
  readonly kernel: number;
  /** Default: the kernel. */
  readonly stride?: number;
  /** Default 0. */
  readonly padding?: Padding;
}

/** An option's type; where options may lack it (`stride?: number`), the default is one more possibility. */
type Option<O, Key extends string, Default> = O extends { readonly [K in Key]: infer V }
  ? V
  : Key extends keyof O
    ? O[Key] | Default
    : Default;
type NumberOf<O, Key extends string, Default extends number> = Extract<Option<O, Key, Default>, number>;
type StrideOf<O, Default extends number> = NumberOf<O, 'stride', Default>;
type PaddingOf<O, Default extends Padding> = Extract<Option<O, 'padding', Default>, Padding>;

/** Refuses kernels, strides and padding that no window can have, and kernels larger than the padded input. */
type WindowCheck<
  H extends number,
  W extends number,
  K extends number,
  S extends number,
  P extends Padding,
  D extends number = 1,
> = {
  readonly kernel: PositiveInteger<K, 'kernel'> & WindowFits<H, K, P, D> & WindowFits<W, K, P, D>;
  readonly stride?: PositiveInteger<S, 'stride'>;
  readonly padding?: NonNegativeInteger<P, 'padding'>;
};

/** The same, and groups that do not divide channels and filters. */
type ConvCheck<
  C extends number,
  H extends number,
  W extends number,
  F extends number,
  K extends number,
  S extends number,
  P extends Padding,
  D extends number,
  G extends number,
> = WindowCheck<H, W, K, S, P, D> & {
  readonly dilation?: PositiveInteger<D, 'dilation'>;
  readonly groups?: PositiveInteger<G, 'groups'> &
    Divides<G, C, 'groups', 'channels'> &
    Divides<G, F, 'groups', 'filters'>;
};

/** The same, and padding that is more than half the kernel: such a window could lie in the padding alone. */
type PoolCheck<
  H extends number,
  W extends number,
  K extends number,
  S extends number,
  P extends Padding,
> = WindowCheck<H, W, K, S, P> & { readonly padding?: PaddingWithinHalf<K, P> };

/** Refuses options that do not exist: an inferred type parameter takes any property, `strides` for `stride` too. */
type OnlyOptions<O, Known> = {
  readonly [K in Exclude<keyof O, keyof Known>]: Refused<`there is no option ${K & string}`>;
};

/** A symbolic tensor of a declared architecture. Its methods spell their tuples out so that the editor shows numbers. */
export class Tensor<S extends Shape = Shape> {
  readonly shape: S;
  readonly layer: Layer;
  readonly #names: Names;

  private constructor(layer: Layer, shape: S, names: Names) {
    this.layer = layer;
    this.shape = shape;
    this.#names = names;
  }

  /** The head: class probabilities, exp(x_i) / sum_j exp(x_j). Nothing follows it. */
  softmax<K extends number>(this: Tensor<[N, K]>, options: Named = {}): Head<K> {
    return new Head<K>(Tensor.apply<[N, K]>('softmax', {}, [this], options.name).layer);
  }

  /** 2-D convolution (cross-correlation, ONNX Conv) with a square kernel. */
  conv2d<C extends number, H extends number, W extends number, F extends number, const O extends ConvOptions>(
    this: Tensor<[N, C, H, W]>,
    filters: F & PositiveInteger<F, 'filters'>,
    options: O &
      ConvCheck<
        C,
        H,
        W,
        F,
        O['kernel'],
        StrideOf<O, 1>,
        PaddingOf<O, 'same'>,
        NumberOf<O, 'dilation', 1>,
        NumberOf<O, 'groups', 1>
      > &
      OnlyOptions<O, ConvOptions>,
  ): Tensor<
    [
      N,
      F,
      WindowedSize<H, Reach<O['kernel'], NumberOf<O, 'dilation', 1>>, StrideOf<O, 1>, PaddingOf<O, 'same'>>,
      WindowedSize<W, Reach<O['kernel'], NumberOf<O, 'dilation', 1>>, StrideOf<O, 1>, PaddingOf<O, 'same'>>,
    ]
  > {
    const {
      kernel,
      stride = 1,
      padding = 'same',
      dilation = 1,
      groups = 1,
      bias = true,
      name,
    }: ConvOptions = options;
    const attributes = { filters, kernel, stride, padding, dilation, groups, bias };
    return Tensor.apply('conv2d', attributes, [this], name);
  }

  /**
   * Batch normalisation over batch, height and width (Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167).
   * epsilon (default 1e-5) and momentum (default 0.1, the weight of the newest batch) as in PyTorch.
   */
  batchNorm<T extends Images>(
    this: Tensor<T>,
    options: Named & { epsilon?: number; momentum?: number } = {},
  ): Tensor<T> {
    const { epsilon = 1e-5, momentum = 0.1, name } = options;
    return Tensor.apply('batchNorm', { epsilon, momentum }, [this], name);
  }

  /**
   * Normalises each image, or each row of features, by its own mean and variance; weight and bias have the shape
   * of one of them (Ba et al. 2016, https://arxiv.org/abs/1607.06450; PyTorch's LayerNorm over all but the batch).
   * epsilon: default 1e-5.
   */
  layerNorm(options: Named & { epsilon?: number } = {}): Tensor<S> {
    const { epsilon = 1e-5, name } = options;
    return Tensor.apply('layerNorm', { epsilon }, [this], name);
  }

  /**
   * Normalises groups of channels of each image by their own mean and variance; a weight and a bias for each
   * channel (Wu & He 2018, https://arxiv.org/abs/1803.08494). epsilon: default 1e-5.
   */
  groupNorm<C extends number, H extends number, W extends number, G extends number>(
    this: Tensor<[N, C, H, W]>,
    groups: G & PositiveInteger<G, 'groups'> & Divides<G, C, 'groups', 'channels'>,
    options: Named & { epsilon?: number } = {},
  ): Tensor<[N, C, H, W]> {
    const { epsilon = 1e-5, name } = options;
    return Tensor.apply('groupNorm', { groups, epsilon }, [this], name);
  }

  /** max(x, 0) */
  relu(options: Named = {}): Tensor<S> {
    return Tensor.apply('relu', {}, [this], options.name);
  }

  /** x where x > 0, else slope * x (default slope 0.01). */
  leakyRelu(options: Named & { slope?: number } = {}): Tensor<S> {
    const { slope = 0.01, name } = options;
    return Tensor.apply('leakyRelu', { slope }, [this], name);
  }

  /**
   * x P(X < x) for a standard normal X (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415).
   * approximate: 'none' (default) by erf, or the paper's 'tanh', as in PyTorch.
   */
  gelu(options: Named & { approximate?: 'none' | 'tanh' } = {}): Tensor<S> {
    const { approximate = 'none', name } = options;
    return Tensor.apply('gelu', { approximate }, [this], name);
  }

  /** x sigmoid(x), also called swish (https://arxiv.org/abs/1702.03118). */
  silu(options: Named = {}): Tensor<S> {
    return Tensor.apply('silu', {}, [this], options.name);
  }

  /** 1 / (1 + exp(-x)) */
  sigmoid(options: Named = {}): Tensor<S> {
    return Tensor.apply('sigmoid', {}, [this], options.name);
  }

  /** Largest value of each window; padding never wins. */
  maxPool<C extends number, H extends number, W extends number, const O extends PoolOptions>(
    this: Tensor<[N, C, H, W]>,
    options: O &
      PoolCheck<H, W, O['kernel'], StrideOf<O, O['kernel']>, PaddingOf<O, 0>> &
      OnlyOptions<O, PoolOptions>,
  ): Tensor<
    [
      N,
      C,
      WindowedSize<H, O['kernel'], StrideOf<O, O['kernel']>, PaddingOf<O, 0>>,
      WindowedSize<W, O['kernel'], StrideOf<O, O['kernel']>, PaddingOf<O, 0>>,
    ]
  > {
    const { kernel, stride = kernel, padding = 0, name }: PoolOptions = options;
    return Tensor.apply('maxPool', { kernel, stride, padding }, [this], name);
  }

  /** Mean of each window; padding is not counted. */
  averagePool<C extends number, H extends number, W extends number, const O extends PoolOptions>(
    this: Tensor<[N, C, H, W]>,
    options: O &
      PoolCheck<H, W, O['kernel'], StrideOf<O, O['kernel']>, PaddingOf<O, 0>> &
      OnlyOptions<O, PoolOptions>,
  ): Tensor<
    [
      N,
      C,
      WindowedSize<H, O['kernel'], StrideOf<O, O['kernel']>, PaddingOf<O, 0>>,
      WindowedSize<W, O['kernel'], StrideOf<O, O['kernel']>, PaddingOf<O, 0>>,
    ]
  > {
    const { kernel, stride = kernel, padding = 0, name }: PoolOptions = options;
    return Tensor.apply('averagePool', { kernel, stride, padding }, [this], name);
  }

  /** Mean over height and width: `[N, C, H, W]` to `[N, C]`. */
  globalAveragePool<C extends number>(
    this: Tensor<[N, C, number, number]>,
    options: Named = {},
  ): Tensor<[N, C]> {
    return Tensor.apply('globalAveragePool', {}, [this], options.name);
  }

  /**
   * Squeeze-and-excitation (Hu et al. 2018, https://arxiv.org/abs/1709.01507): each channel is scaled by a gate
   * that all channels' means decide, through two dense layers, the first of `channels / reduction` units.
   *
   * Layers: NAME_squeeze, NAME_reduce, NAME_relu, NAME_expand, NAME_gate and NAME_scale; NAME is `se1`, `se2`, ...
   */
  squeezeExcitation<C extends number, H extends number, W extends number, R extends number>(
    this: Tensor<[N, C, H, W]>,
    options: Named & {
      readonly reduction: R & PositiveInteger<R, 'reduction'> & Divides<R, C, 'reduction', 'channels'>;
    },
  ): Tensor<[N, C, H, W]> {
    const [, channels] = this.shape;
    const name = uniqueName(this.#names, 'squeezeExcitation', options.name);
    divisor(name, 'reduction', options.reduction, channels, 'channels');
    const gate = this.globalAveragePool({ name: `${name}_squeeze` })
      .dense<number>(channels / options.reduction, { name: `${name}_reduce` })
      .relu({ name: `${name}_relu` })
      .dense<number>(channels, { name: `${name}_expand` })
      .sigmoid({ name: `${name}_gate` });
    return scale(this, gate, { name: `${name}_scale` });
  }

  /** `[N, C, H, W]` to `[N, C * H * W]`, channels slowest. */
  flatten<C extends number, H extends number, W extends number>(
    this: Tensor<[N, C, H, W]>,
    options: Named = {},
  ): Tensor<[N, Product<C, H, W>]> {
    return Tensor.apply('flatten', {}, [this], options.name);
  }

  /** Fully connected: x W^T + b. */
  dense<U extends number>(
    this: Tensor<[N, number]>,
    units: U & PositiveInteger<U, 'units'>,
    options: Named & { bias?: boolean } = {},
  ): Tensor<[N, U]> {
    const { bias = true, name } = options;
    return Tensor.apply('dense', { units, bias }, [this], name);
  }

  /** Zeroes a random share of the elements while training and scales the rest by 1 / (1 - rate). */
  dropout<R extends number>(rate: R & Rate<R>, options: Named = {}): Tensor<S> {
    return Tensor.apply('dropout', { rate }, [this], options.name);
  }

  /**
   * Appends any layer, checked at run time: what the typed methods call, and how models are built from data.
   *
   * @throws AreographError 'shape', 'option' or 'name', naming the layer.
   */
  static apply<S extends Shape = Shape, K extends LayerKind = LayerKind>(
    kind: K,
    attributes: LayerAttributes[K],
    inputs: readonly Tensor[],
    name?: string,
  ): Tensor<S> {
    const [first] = inputs;
    const names: Names = first === undefined ? new Map() : first.#names;
    const layerName = uniqueName(names, kind, name);
    if (inputs.some((input) => input.#names !== names)) {
      throw new AreographError({
        code: 'shape',
        where: layerName,
        expected: 'tensors that come from one input',
        found: 'tensors of two different inputs',
        next: 'Declare the input once and branch from it.',
      });
    }
    const { arity, shape: shapeRule } = layerRules[kind];
    const arityHolds = arity === 'several' ? inputs.length >= 2 : inputs.length === arity;
    if (!arityHolds) {
      throw new AreographError({
        code: 'shape',
        where: layerName,
        expected: arity === 'several' ? 'two inputs or more' : `${arity} input${arity === 1 ? '' : 's'}`,
        found: `${inputs.length}`,
        next: 'Name the layers that this one takes.',
      });
    }
    const shape = shapeRule(
      layerName,
      attributes,
      inputs.map((input) => input.shape),
    );
    const layer: Layer<K> = {
      kind,
      name: layerName,
      attributes,
      inputs: inputs.map((input) => input.layer),
      shape,
    };
    // The one place where the shape computed at run time is taken for the shape computed by the checker, and
    // a kind with its attributes for a member of the union; shapes.test.ts holds the two against each other.
    return new Tensor<S>(layer as Layer, shape as S, names);
  }
}

/** The softmax head: a model ends with it. */
export class Head<Classes extends number = number> {
  readonly layer: Layer;
  /** Only its type matters: number of classes. */
  declare readonly classes: Classes;

  constructor(layer: Layer) {
    this.layer = layer;
  }
}

/** Where a model starts: RGB images as floats, `[N, channels, height, width]`. */
export function input<const H extends number, const W extends number, const C extends number = 3>(
  height: H & PositiveInteger<H, 'height'>,
  width: W & PositiveInteger<W, 'width'>,
  channels?: C & PositiveInteger<C, 'channels'>,
): Tensor<[N, C, H, W]> {
  return Tensor.apply('input', { height, width, channels: channels ?? 3 }, [], 'input');
}

/** Element-wise sum of two tensors of one shape: the end of a residual block. */
export function add<A extends Shape, B extends Shape>(
  a: Tensor<A>,
  b: Tensor<B> & SameShape<A, B>,
  options: Named = {},
): Tensor<A> {
  return Tensor.apply('add', {}, [a, b], options.name);
}

/** Joins two image tensors along their channels; for more, join again. */
export function concat<A extends Images, B extends Images>(
  a: Tensor<A>,
  b: Tensor<B> & SameExtent<A, B>,
  options: Named = {},
): Tensor<[N, Sum<A[1], B[1]>, Known<A[2], B[2]>, Known<A[3], B[3]>]> {
  return Tensor.apply('concat', {}, [a, b], options.name);
}

/** Multiplies each channel of each image by its gate: `[N, C, H, W]` by `[N, C]`. */
export function scale<A extends Images, B extends Features>(
  x: Tensor<A>,
  gate: Tensor<B> & OneGateEach<A, B>,
  options: Named = {},
): Tensor<A> {
  return Tensor.apply('scale', {}, [x, gate], options.name);
}

/**
 * The head over several networks on one input, a deep ensemble (Lakshminarayanan et al. 2017,
 * https://arxiv.org/abs/1612.01474): class probabilities from the mean of the members' logits. Trained, each member has a
 * loss of its own, as if it were alone; they differ by their first weights and by what dropout draws.
 *
 * @param members two or more, each the logits of one network, `[N, classes]`
 * @throws AreographError 'shape' for members that differ in classes, and for fewer than two
 */
export function ensemble<K extends number>(
  members: readonly Tensor<[N, K]>[] & OneClassCount<K>,
  options: Named = {},
): Head<K> {
  return Tensor.apply<[N, K]>('ensemble', {}, members, options.name).softmax();
}

/** Of two agreeing sizes, the one that is known. */
type Known<A extends number, B extends number> =
  Agrees<A, B> extends true ? (number extends A ? B : A) : never;
