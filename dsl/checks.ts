/** What the layers' rules check at run time, and how a refusal is worded. */
import { AreographError } from './errors.ts';
import {
  axisPads,
  formatShape,
  type Images,
  N,
  type Padding,
  reach,
  type Shape,
  type Window,
  windowedSize,
} from './shape.ts';

/** Shape after sliding a window, dilated or not, channels kept. */
export function slide(
  name: string,
  window: Window,
  [, channels, height, width]: Images,
  dilation = 1,
): Images {
  positiveInteger(name, 'kernel', window.kernel);
  positiveInteger(name, 'stride', window.stride);
  positiveInteger(name, 'dilation', dilation);
  const { padding } = window;
  if (padding !== 'same' && !(Number.isInteger(padding) && padding >= 0)) {
    throw badOption(name, 'padding', "'same' or an integer of at least 0", padding);
  }
  const dilated = { ...window, kernel: reach(window.kernel, dilation) };
  for (const size of [height, width]) {
    const [begin, end] = axisPads(size, dilated);
    if (dilated.kernel > size + begin + end) {
      throw new AreographError({
        code: 'shape',
        where: name,
        expected: `a kernel of at most ${size + begin + end}, its padded input`,
        found:
          dilation === 1
            ? `${window.kernel}`
            : `${window.kernel} with dilation ${dilation}, which reaches ${dilated.kernel}`,
        next: "Use a smaller kernel, more padding, or fewer pooling layers before it; 'same' always fits.",
      });
    }
  }
  return [N, channels, windowedSize(height, dilated), windowedSize(width, dilated)];
}

const ranks = {
  2: {
    expected: '2 dimensions, [N, features]',
    next: 'Put flatten or globalAveragePool before this layer.',
  },
  4: {
    expected: '4 dimensions, [N, channels, height, width]',
    next: 'Put this layer before flatten or globalAveragePool.',
  },
} as const satisfies Record<Shape['length'], unknown>;

/** A shape that must be there, and of this many dimensions. */
export function ofRank<R extends Shape['length']>(
  name: string,
  rank: R,
  shape: Shape | undefined,
): Extract<Shape, { length: R }> {
  const found = present(name, shape);
  if (hasRank(found, rank)) return found;
  throw new AreographError({
    code: 'shape',
    where: name,
    expected: ranks[rank].expected,
    found: `${found.length}: ${formatShape(found)}`,
    next: ranks[rank].next,
  });
}

function hasRank<R extends Shape['length']>(shape: Shape, rank: R): shape is Extract<Shape, { length: R }> {
  return shape.length === rank;
}

export function present<S>(name: string, shape: S | undefined): S {
  if (shape !== undefined) return shape;
  throw new AreographError({
    code: 'shape',
    where: name,
    expected: 'an input tensor',
    found: 'none',
    next: 'Name the layers that this one takes.',
  });
}

export function positiveInteger(layer: string, option: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0)) throw badOption(layer, option, 'a positive integer', value);
}

/** An option that cuts `whole` (channels, filters) into equal parts. */
export function divisor(layer: string, option: string, value: number, whole: number, of: string): void {
  positiveInteger(layer, option, value);
  if (whole % value !== 0) throw badOption(layer, option, `a divisor of ${whole} ${of}`, value);
}

export function badOption(layer: string, option: string, expected: string, value: Padding): AreographError {
  return new AreographError({
    code: 'option',
    where: `${layer}, option ${option}`,
    expected,
    found: `${value}`,
    next: '',
  });
}
