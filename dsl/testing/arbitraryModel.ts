/** For property tests: random models that obey every rule, small enough to compile and run in numbers. */
import fc from 'fast-check';
import type { Layer, LayerKind } from '../layers.ts';
import { type Model, model } from '../model.ts';
import { type Features, formatShape, type Images, type Padding, reach, type Window } from '../shape.ts';
import { summary } from '../summary.ts';
import { ensemble, input, Tensor } from '../tensor.ts';

export interface ArbitraryModelOptions {
  /** Whether dropout may occur. Default true. */
  readonly dropout?: boolean;
  /** Most layers in all, at least 4: the input, one that flattens, a dense one and the softmax. Default 14. */
  readonly maxLayers?: number;
  /** Whether the head may be over several networks. Default false. */
  readonly ensembles?: boolean;
  /** Channels of the input. Default 3, as preprocessed images have. */
  readonly channels?: number;
}

/**
 * Chains and branches of every kind of layer and option, on inputs of 5 to 16 pixels a side with 2 to 6 classes.
 * Shrinks towards few and small layers; a counterexample is printed as its summary.
 *
 * A model grows from a list of steps. A step is drawn without knowing the shapes and fitted when its turn
 * comes; one that cannot be fitted is left out. So every list of steps is a model.
 */
export function arbitraryModel(options: ArbitraryModelOptions = {}): fc.Arbitrary<Model> {
  const { dropout = true, maxLayers = 14, ensembles = false, channels = 3 } = options;
  const steps = Object.entries(layerSteps).filter(([kind]) => dropout || kind !== 'dropout');
  const step = fc.oneof(
    { weight: 2, arbitrary: branch },
    { weight: 5, arbitrary: block },
    ...steps.map(([, weighted]) => weighted),
  );
  const closing = 3; // flatten, dense, softmax
  const side = fc.integer({ min: 5, max: 16 });
  return fc
    .record({
      height: side,
      width: side,
      drawn: fc.array(step, { maxLength: maxLayers - closing - 1, size: 'max' }),
      flatten: fc.boolean(),
      classes: fc.integer({ min: 2, max: 6 }),
      members: fc.array(back, { maxLength: ensembles ? 2 : 0 }),
    })
    .map(({ height, width, drawn, flatten, classes, members }) => {
      let at: Tensor = input(height, width, channels);
      const made = [at];
      for (const apply of drawn) {
        const next = apply(at, made) ?? at;
        // A step may be several layers.
        if (needed(next.layer).size > maxLayers - closing) continue;
        at = next;
        if (!made.includes(at)) made.push(at);
      }
      const logits = toFeatures(at, flatten).dense<number>(classes);
      const others = members.flatMap((back) =>
        pick(at, made, back).map((tensor) => toFeatures(tensor, flatten).dense<number>(classes)),
      );
      const grown = model(
        'arbitrary',
        others.length === 0 ? logits.softmax() : ensemble([logits, ...others]),
      );
      return Object.defineProperty(grown, fc.toStringMethod, {
        value: () => summary(grown),
        enumerable: false,
      });
    });
}

/** The next tensor, from the one at hand and all that were made so far; undefined where the step does not fit. */
type Step = (at: Tensor, made: readonly Tensor[]) => Tensor | undefined;

const window: fc.Arbitrary<Window> = fc.record({
  kernel: fc.integer({ min: 1, max: 5 }),
  // Often such as keep the shape, so that sums find partners.
  stride: fc.constantFrom(1, 1, 2, 3),
  padding: fc.constantFrom<Padding>('same', 'same', 0, 1, 2),
});
const count = fc.integer({ min: 1, max: 6 });
const bias = fc.boolean();
/** Into how many parts channels are cut, as {@link divisorOf} reads it. */
const part = fc.constantFrom(0, 0, 1, 2);
const mostBack = 7;
const back = fc.nat({ max: mostBack });

/**
 * Total over the kinds of layer, so that a new kind is not forgotten. Convolutions and joins are drawn most;
 * once flattened there is little left to draw, so that comes seldom.
 */
const layerSteps: {
  readonly [K in Exclude<LayerKind, 'input' | 'ensemble' | 'softmax'>]: {
    readonly weight: number;
    readonly arbitrary: fc.Arbitrary<Step>;
  };
} = {
  conv2d: {
    weight: 12,
    arbitrary: fc
      .record({
        filters: count,
        window,
        dilation: fc.constantFrom(1, 1, 2, 3),
        part,
        bias,
      })
      .map(({ filters, window, dilation, part, bias }) =>
        onImages((at) => {
          const groups = divisorOf(at.shape[1], part);
          return at.conv2d(Math.ceil(filters / groups) * groups, {
            ...fitted(window, at, dilation),
            dilation,
            groups,
            bias,
          });
        }),
      ),
  },
  batchNorm: {
    weight: 4,
    arbitrary: fc
      .record({ epsilon: fc.constantFrom(1e-5, 1e-3), momentum: fc.constantFrom(0.1, 0.5) })
      .map((options) => onImages((at) => at.batchNorm(options))),
  },
  layerNorm: {
    weight: 5,
    arbitrary: fc.constantFrom(1e-5, 1e-3).map((epsilon) => (at) => at.layerNorm({ epsilon })),
  },
  groupNorm: {
    weight: 4,
    arbitrary: fc
      .record({ part, epsilon: fc.constantFrom(1e-5, 1e-3) })
      .map(({ part, epsilon }) => onImages((at) => at.groupNorm(divisorOf(at.shape[1], part), { epsilon }))),
  },
  relu: { weight: 4, arbitrary: fc.constant((at) => at.relu()) },
  leakyRelu: {
    weight: 4,
    arbitrary: fc.constantFrom(0.01, 0.3).map((slope) => (at) => at.leakyRelu({ slope })),
  },
  gelu: {
    weight: 3,
    arbitrary: fc.constantFrom('none', 'tanh').map((approximate) => (at) => at.gelu({ approximate })),
  },
  silu: { weight: 3, arbitrary: fc.constant((at) => at.silu()) },
  sigmoid: { weight: 2, arbitrary: fc.constant((at) => at.sigmoid()) },
  maxPool: { weight: 4, arbitrary: window.map((drawn) => onImages((at) => at.maxPool(fitted(drawn, at)))) },
  averagePool: {
    weight: 4,
    arbitrary: window.map((drawn) => onImages((at) => at.averagePool(fitted(drawn, at)))),
  },
  globalAveragePool: { weight: 1, arbitrary: fc.constant(onImages((at) => at.globalAveragePool())) },
  flatten: { weight: 1, arbitrary: fc.constant(onImages((at) => at.flatten())) },
  dense: {
    weight: 4,
    arbitrary: fc
      .record({ units: count, bias })
      .map((drawn) => onFeatures((at) => at.dense(drawn.units, { bias: drawn.bias }))),
  },
  dropout: { weight: 4, arbitrary: fc.constantFrom(0, 0.25, 0.5).map((rate) => (at) => at.dropout(rate)) },
  add: {
    weight: 8,
    arbitrary: fc.array(back, { minLength: 1, maxLength: 2 }).map((backs) => (at, made) => {
      const partners = made.filter(({ shape }) => formatShape(shape) === formatShape(at.shape));
      return join(
        'add',
        at,
        backs.flatMap((back) => pick(at, partners, back)),
      );
    }),
  },
  concat: {
    weight: 8,
    arbitrary: back.map((back) => (at, made) => {
      if (!isImages(at)) return undefined;
      const [, channels, height, width] = at.shape;
      const partners = made.filter(
        ({ shape }) => shape[2] === height && shape[3] === width && shape[1] + channels <= mostChannels,
      );
      return join('concat', at, pick(at, partners, back));
    }),
  },
  scale: {
    weight: 6,
    arbitrary: fc.record({ back, part }).map(({ back, part }) => (at, made) => {
      if (!isImages(at)) return undefined;
      const [, channels] = at.shape;
      const gates = made.filter(isFeatures).filter(({ shape }) => shape[1] === channels);
      const [gate] = pick(at, gates, back);
      return gate === undefined
        ? at.squeezeExcitation({ reduction: divisorOf(channels, part) })
        : Tensor.apply('scale', {}, [at, gate]);
    }),
  },
};

/** What the compiler lowers together: convolution, batch norm and, mostly, an activation and a max-pool. */
const block: fc.Arbitrary<Step> = fc
  .record({
    filters: count,
    window,
    stride: fc.constantFrom(1, 1, 1, 2),
    slope: fc.option(fc.constantFrom(0, 0.2, -0.5)),
    pool: fc.option(fc.oneof(fc.constant<Window>({ kernel: 2, stride: 2, padding: 'same' }), window)),
  })
  .map(({ filters, window, stride, slope, pool }) =>
    onImages((at) => {
      const normed = at.conv2d(filters, { ...fitted({ ...window, stride }, at), bias: false }).batchNorm();
      const activated = slope === null ? normed : slope === 0 ? normed.relu() : normed.leakyRelu({ slope });
      return pool === null || !isImages(activated) ? activated : activated.maxPool(fitted(pool, activated));
    }),
  );

/** Goes on from an earlier tensor; joins bring the branches together. */
const branch: fc.Arbitrary<Step> = back.map((back) => (at, made) => pick(at, made, back)[0]);

const mostChannels = 12;
const largestSide = 20;

/** One of the others, the newest first, or none; seldom the tensor at hand itself. */
function pick(at: Tensor, partners: readonly Tensor[], back: number): readonly Tensor[] {
  if (back === mostBack) return partners.filter((tensor) => tensor === at);
  const others = partners.filter((tensor) => tensor !== at).reverse();
  const start = others.length === 0 ? 0 : back % others.length;
  return others.slice(start, start + 1);
}

function join(kind: 'add' | 'concat', at: Tensor, partners: readonly Tensor[]): Tensor | undefined {
  return partners.length === 0 ? undefined : Tensor.apply(kind, {}, [at, ...partners]);
}

/** 1, all of it (depthwise), or its smallest proper divisor where it has one. */
function divisorOf(whole: number, part: number): number {
  if (part < 2) return part === 0 ? 1 : whole;
  return Array.from({ length: whole }, (_, i) => i + 1).find((size) => size > 1 && whole % size === 0) ?? 1;
}

/** The same window, with 'same' padding where it would not fit or would let the image grow too large. */
function fitted(drawn: Window, { shape: [, , height, width] }: Tensor<Images>, dilation = 1): Window {
  const { kernel, padding } = drawn;
  if (padding === 'same') return drawn;
  const fits = reach(kernel, dilation) <= Math.min(height, width) + 2 * padding;
  const poolable = 2 * padding <= kernel;
  return fits && poolable && Math.max(height, width) <= largestSide ? drawn : { ...drawn, padding: 'same' };
}

/** The layers that a layer depends on, itself included. */
function needed(layer: Layer, found = new Set<Layer>()): Set<Layer> {
  if (!found.has(layer)) {
    found.add(layer);
    for (const input of layer.inputs) needed(input, found);
  }
  return found;
}

function onImages(apply: (at: Tensor<Images>) => Tensor): Step {
  return (at) => (isImages(at) ? apply(at) : undefined);
}

function onFeatures(apply: (at: Tensor<Features>) => Tensor): Step {
  return (at) => (isFeatures(at) ? apply(at) : undefined);
}

function toFeatures(at: Tensor, flatten: boolean): Tensor<Features> {
  if (isImages(at)) return flatten ? at.flatten() : at.globalAveragePool();
  if (isFeatures(at)) return at;
  throw new Error(`neither images nor features: ${formatShape(at.shape)}`);
}

function isImages(tensor: Tensor): tensor is Tensor<Images> {
  return tensor.shape.length === 4;
}

function isFeatures(tensor: Tensor): tensor is Tensor<Features> {
  return tensor.shape.length === 2;
}
