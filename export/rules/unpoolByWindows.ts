/** The gradient of a max-pool from comparisons alone, for targets without MaxPool's indices or MaxUnpool. */
import { Value } from '../graph.ts';
import type { WindowAttributes } from '../shapeRules.ts';

/**
 * dx of y = MaxPool(x): position by position of the windows, dy goes to the first element that equals the
 * maximum, and nothing is left of it for those that follow.
 *
 * Elements are only moved and compared. (Laid side by side by a one-hot convolution, they would be rounded where
 * convolutions run in TF32, and show ties that are none.)
 *
 * @param x float32 `[N, C, H, W]`
 * @param y float32 `[N, C, Ho, Wo]`, as dy
 */
export function unpoolByWindows(x: Value, y: Value, dy: Value, window: WindowAttributes): Value {
  const padded = pad(x, window);
  const shares: Value[] = [];
  let rest = dy;
  for (const offset of offsets(window).slice(0, -1)) {
    const share = rest.where(elementsAt(padded, offset, y, window).equal(y), 0);
    shares.push(share);
    rest = rest.sub(share);
  }
  // No earlier one was the maximum, so the last is.
  return addBack([...shares, rest], x, window);
}

/** A row and a column. */
type Offset = readonly [number, number];

/** The positions of a window, row by row. */
function offsets({ kernel_shape: [height = 1, width = 1] }: WindowAttributes): Offset[] {
  return Array.from({ length: height * width }, (_, at) => [Math.floor(at / width), at % width]);
}

/** Padded with the lowest finite number, which is no maximum; infinity is no constant that shaders may have. */
function pad(x: Value, { pads }: WindowAttributes): Value {
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  return x.pad([0, 0, top, left, 0, 0, bottom, right], -3.4e38);
}

/** The element at one position of every window: `[N, C, Ho, Wo]`. */
function elementsAt(padded: Value, [i, j]: Offset, y: Value, { strides }: WindowAttributes): Value {
  const [, , height = 0, width = 0] = y.sizes;
  const [strideY = 1, strideX = 1] = strides;
  return padded
    .slice(2, i, i + (height - 1) * strideY + 1, strideY)
    .slice(3, j, j + (width - 1) * strideX + 1, strideX);
}

/**
 * Adds what each position of the windows gets, `[N, C, Ho, Wo]` each, where it belongs in x. Positions that are a
 * stride apart fall on the same rows or columns of x, one window on, so they are added at pooled size;
 * DepthToSpace then interleaves the stride x stride sums.
 */
function addBack(shares: readonly Value[], x: Value, window: WindowAttributes): Value {
  const [n = 0, c = 0, height = 0, width = 0] = x.sizes;
  const [stride = 1] = window.strides;
  const [top = 0, left = 0, bottom = 0, right = 0] = window.pads;
  const rows = Math.ceil((height + top + bottom) / stride);
  const columns = Math.ceil((width + left + right) / stride);
  const sums = offsets({ ...window, kernel_shape: [stride, stride] }).map(([row, column]) => {
    const onSame = offsets(window).flatMap(([i, j], at) => {
      const share = shares[at];
      if (share === undefined || i % stride !== row || j % stride !== column) return [];
      return [shift(share, [Math.floor(i / stride), Math.floor(j / stride)], [rows, columns])];
    });
    // Between windows that are further apart than they are wide nothing arrives.
    const nothing = () => x.graph.scalar(0).apply('Expand', {}, x.graph.ints([n, c, rows, columns]));
    return onSame.length === 0 ? nothing() : onSame.reduce((sum, other) => sum.add(other));
  });
  const side = Value.concat(sums, 1);
  const interleaved = stride === 1 ? side : side.apply('DepthToSpace', { blocksize: stride, mode: 'DCR' });
  return crop(crop(interleaved, 2, top, height), 3, left, width);
}

/** Moved down and to the right by whole windows, in zeros of the given size. */
function shift(share: Value, [down, right]: Offset, [rows, columns]: Offset): Value {
  const [, , height = 0, width = 0] = share.sizes;
  return share.pad([0, 0, down, right, 0, 0, rows - height - down, columns - width - right]);
}

function crop(x: Value, axis: number, start: number, size: number): Value {
  return x.sizes[axis] === size ? x : x.slice(axis, start, start + size);
}
