/**
 * Tensor shapes as literal types, and the same rules at run time.
 *
 * A shape is `[N, features]` or `[N, channels, height, width]` (NCHW). `N`, the batch size, stays open.
 * A size that is only known at run time is the type `number`; arithmetic on it gives `number`.
 */
import type { Add, Divide, Lt, Mod, Multiply, Subtract } from 'ts-arithmetic';

/** The batch size: open in a declared model, bound when a graph is compiled. */
export interface N {
  readonly dimension: 'batch';
}
export const N: N = { dimension: 'batch' };

export type Features = [N, number];
export type Images = [N, number, number, number];
export type Shape = Features | Images;

/** Prints like the types do: `[N, 256, 8, 8]`. */
export function formatShape(shape: Shape): string {
  return `[N, ${sizes(shape).join(', ')}]`;
}

/** The sizes of a shape without its batch axis: `[256, 8, 8]`. */
export function sizes(shape: Shape): number[] {
  const [, ...rest] = shape;
  return rest;
}

/** 'same' keeps ceil(size / stride), as Keras and ONNX's SAME_UPPER do; a number pads that many on every side. */
export type Padding = 'same' | number;

/** A sliding window over height and width: square, because every architecture here is. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: Padding;
}

/** Elements from the first to the last that a dilated kernel meets along an axis (https://arxiv.org/abs/1511.07122). */
export function reach(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** Padding of one axis, before and after it. */
export type AxisPads = readonly [begin: number, end: number];

/** Pads of one axis. 'same' puts the odd one at the end, as ONNX's SAME_UPPER (TensorFlow's 'SAME'). */
export function axisPads(size: number, window: Window): AxisPads {
  if (window.padding !== 'same') return [window.padding, window.padding];
  const outputs = Math.ceil(size / window.stride);
  const total = Math.max((outputs - 1) * window.stride + window.kernel - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Number of window positions along one axis: floor((size + pads - kernel) / stride) + 1. */
export function windowedSize(size: number, window: Window): number {
  const [begin, end] = axisPads(size, window);
  return Math.floor((size + begin + end - window.kernel) / window.stride) + 1;
}

// ---- the same, for the type checker ----

/** A refusal that the editor shows: the argument's type becomes this sentence. */
export interface Refused<Reason extends string> {
  readonly refused: Reason;
}

type IsKnown<X extends number> = number extends X ? false : true;

/** floor(X / Y) of non-negative integers. */
type FloorDivide<X extends number, Y extends number> = Y extends 1 ? X : Divide<Subtract<X, Mod<X, Y>>, Y>;
type CeilDivide<X extends number, Y extends number> = Y extends 1
  ? X
  : FloorDivide<Subtract<Add<X, Y>, 1>, Y>;

type Padded<Size extends number, P extends Padding> = P extends number ? Add<Size, Multiply<2, P>> : Size;

/** {@link reach} as a type. */
export type Reach<K extends number, D extends number> = D extends 1
  ? K
  : number extends K | D
    ? number
    : Add<Multiply<Subtract<K, 1>, D>, 1>;

/** {@link windowedSize} as a type. */
export type WindowedSize<Size extends number, K extends number, S extends number, P extends Padding> =
  IsKnown<Size> extends false
    ? number
    : IsKnown<S> extends false
      ? number
      : P extends 'same'
        ? CeilDivide<Size, S>
        : IsKnown<K> extends false
          ? number
          : P extends number
            ? IsKnown<P> extends false
              ? number
              : Add<FloorDivide<Subtract<Padded<Size, P>, K>, S>, 1>
            : number;

/** `unknown` for a positive integer (or a `number` known at run time only), else a refusal. */
export type PositiveInteger<X, What extends string> = X extends number
  ? IsKnown<X> extends false
    ? unknown
    : `${X}` extends `-${string}` | `${string}.${string}` | '0'
      ? Refused<`${What} must be a positive integer, found ${X}`>
      : unknown
  : unknown;

/** The same for integers of at least 0; what is no number ('same') passes. */
export type NonNegativeInteger<X, What extends string> = X extends number
  ? IsKnown<X> extends false
    ? unknown
    : `${X}` extends `-${string}` | `${string}.${string}`
      ? Refused<`${What} must be an integer of at least 0, found ${X}`>
      : unknown
  : unknown;

/** `unknown` for a rate in [0, 1), else a refusal. */
export type Rate<R extends number> =
  IsKnown<R> extends false
    ? unknown
    : `${R}` extends '0' | `0.${string}` | `${number}e-${number}`
      ? unknown
      : Refused<`dropout rate must be at least 0 and under 1, found ${R}`>;

/** `unknown` where a window fits into the padded axis, else a refusal. 'same' always fits. */
export type WindowFits<
  Size extends number,
  K extends number,
  P extends Padding,
  D extends number = 1,
> = P extends number
  ? number extends Size | K | P | D
    ? unknown
    : Lt<Padded<Size, P>, Reach<K, D>> extends 1
      ? Refused<
          D extends 1
            ? `kernel ${K} is larger than its padded input ${Padded<Size, P>}`
            : `kernel ${K} with dilation ${D} reaches ${Reach<K, D>}, beyond its padded input ${Padded<Size, P>}`
        >
      : unknown
  : unknown;

/** `unknown` where a whole is made of equal parts, else a refusal. What is no positive integer is refused elsewhere. */
export type Divides<X, Whole extends number, What extends string, Of extends string> = X extends number
  ? number extends X | Whole
    ? unknown
    : `${X}` extends `-${string}` | `${string}.${string}` | '0'
      ? unknown
      : Mod<Whole, X> extends 0
        ? unknown
        : Refused<`${What} ${X} does not divide ${Whole} ${Of}`>
  : unknown;

/** `unknown` where padding is at most half the kernel, else a refusal. */
export type PaddingWithinHalf<K extends number, P extends Padding> = P extends number
  ? number extends K | P
    ? unknown
    : Lt<K, Multiply<2, P>> extends 1
      ? Refused<`padding ${P} is more than half the kernel ${K}`>
      : unknown
  : unknown;

/** Height times width times channels: what flattening gives. */
export type Product<C extends number, H extends number, W extends number> = number extends C | H | W
  ? number
  : Multiply<Multiply<C, H>, W>;

export type Sum<A extends number, B extends number> = number extends A | B ? number : Add<A, B>;

/** Equal, or one of them only known at run time. */
export type Agrees<A, B> = number extends A
  ? true
  : number extends B
    ? true
    : [A, B] extends [B, A]
      ? true
      : false;

/** `unknown` where two shapes agree axis by axis, else a refusal. */
export type SameShape<A extends Shape, B extends Shape> = [A, B] extends [Images, Images]
  ? false extends Agrees<A[1], B[1]> | Agrees<A[2], B[2]> | Agrees<A[3], B[3]>
    ? Refused<`add needs equal shapes, found ${ShapeText<A>} and ${ShapeText<B>}`>
    : unknown
  : [A, B] extends [Features, Features]
    ? false extends Agrees<A[1], B[1]>
      ? Refused<`add needs equal shapes, found ${ShapeText<A>} and ${ShapeText<B>}`>
      : unknown
    : Refused<`add needs equal ranks, found ${ShapeText<A>} and ${ShapeText<B>}`>;

/** `unknown` where two image shapes differ in channels at most, else a refusal. */
export type SameExtent<A extends Images, B extends Images> = false extends
  | Agrees<A[2], B[2]>
  | Agrees<A[3], B[3]>
  ? Refused<`concat needs equal height and width, found ${ShapeText<A>} and ${ShapeText<B>}`>
  : unknown;

/** `unknown` where there is one gate for each channel, else a refusal. */
export type OneGateEach<A extends Images, B extends Features> =
  Agrees<A[1], B[1]> extends true
    ? unknown
    : Refused<`scale needs a gate for each of ${A[1]} channels, found ${B[1]}`>;

/** `unknown` for one number of classes, a refusal for a union of several. */
export type OneClassCount<K extends number, Each extends number = K> = (
  Each extends number
    ? [K] extends [Each]
      ? true
      : false
    : never
) extends true
  ? unknown
  : Refused<`ensemble needs members of as many classes, found ${K}`>;

type ShapeText<S extends Shape> = S extends [
  N,
  infer C extends number,
  infer H extends number,
  infer W extends number,
]
  ? `[N, ${C}, ${H}, ${W}]`
  : S extends [N, infer F extends number]
    ? `[N, ${F}]`
    : never;
