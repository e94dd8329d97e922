/** Flip, rotation, scale and shift as one affine map, and the sampling of an image through it. */

/** Height and width in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** Applied in this order, around the centre of the image. */
export interface Geometry {
  /** Left and right change places. */
  readonly flipX: boolean;
  /** Top and bottom change places. */
  readonly flipY: boolean;
  /** Radians, clockwise as seen. */
  readonly rotation: number;
  /** Over 1 enlarges. */
  readonly scale: number;
  /** Over 1 widens: the width grows by its square root, the height shrinks by it. Before the rotation. */
  readonly aspect: number;
  /** In widths. */
  readonly right: number;
  /** In heights. */
  readonly down: number;
}

/** Where pixel (x, y) of the result comes from: column xx x + xy y + x0 and row yx x + yy y + y0 of the source. */
export interface AffineMap {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

/**
 * The inverse of the geometry, since each pixel of the result asks where it comes from: with c the centre, t the
 * shift, R the rotation, S = s diag(sqrt a, 1 / sqrt a) the scale s and aspect a, and F the flip,
 * source = F S^-1 R^T (target - c - t) + c.
 */
export function inverseMap(geometry: Geometry, { height, width }: Size): AffineMap {
  const { rotation, scale, right, down } = geometry;
  const stretch = Math.sqrt(geometry.aspect);
  const perX = (geometry.flipX ? -1 : 1) / (scale * stretch);
  const perY = ((geometry.flipY ? -1 : 1) * stretch) / scale;
  const xx = perX * Math.cos(rotation);
  const xy = perX * Math.sin(rotation);
  const yx = -perY * Math.sin(rotation);
  const yy = perY * Math.cos(rotation);
  const centreX = (width - 1) / 2;
  const centreY = (height - 1) / 2;
  const x = centreX + right * width;
  const y = centreY + down * height;
  return { xx, xy, x0: centreX - xx * x - xy * y, yx, yy, y0: centreY - yx * x - yy * y };
}

/** The map for a window of the result, whose first pixel is that of column `left` and row `top`. */
export function windowed({ x0, y0, ...linear }: AffineMap, left: number, top: number): AffineMap {
  const { xx, xy, yx, yy } = linear;
  return { ...linear, x0: x0 + xx * left + xy * top, y0: y0 + yx * left + yy * top };
}

export function isIdentity({ xx, xy, x0, yx, yy, y0 }: AffineMap): boolean {
  return xx === 1 && xy === 0 && x0 === 0 && yx === 0 && yy === 1 && y0 === 0;
}

/**
 * Samples `source`, `[H, W, 3]`, through the map into `target`, `[h, w, 3]` and not the same memory: bilinear, and mirrored
 * beyond the edges. PyTorch's `grid_sample(mode='bilinear', padding_mode='reflection', align_corners=False)`.
 */
export function warp(
  source: Uint8ClampedArray,
  target: Uint8ClampedArray,
  { height, width }: Size,
  { xx, xy, x0, yx, yy, y0 }: AffineMap,
  targetSize: Size = { height, width },
): void {
  let position = 0;
  for (let y = 0; y < targetSize.height; y += 1) {
    for (let x = 0; x < targetSize.width; x += 1) {
      const column = reflect(xx * x + xy * y + x0, width);
      const row = reflect(yx * x + yy * y + y0, height);
      // Neither is negative; Math.floor takes a third of the time of all of this.
      const left = column | 0;
      const top = row | 0;
      const a = (top * width + left) * 3;
      const b = left + 1 < width ? a + 3 : a;
      const below = top + 1 < height ? width * 3 : 0;
      const c = a + below;
      const d = b + below;
      const wd = (column - left) * (row - top);
      const wc = row - top - wd;
      const wb = column - left - wd;
      const wa = 1 - wb - wc - wd;
      // Written out: a loop over the channels takes half as long again.
      target[position] =
        wa * (source[a] ?? 0) + wb * (source[b] ?? 0) + wc * (source[c] ?? 0) + wd * (source[d] ?? 0);
      target[position + 1] =
        wa * (source[a + 1] ?? 0) +
        wb * (source[b + 1] ?? 0) +
        wc * (source[c + 1] ?? 0) +
        wd * (source[d + 1] ?? 0);
      target[position + 2] =
        wa * (source[a + 2] ?? 0) +
        wb * (source[b + 2] ?? 0) +
        wc * (source[c + 2] ?? 0) +
        wd * (source[d + 2] ?? 0);
      position += 3;
    }
  }
}

/** A coordinate, mirrored at the outer edges of the first and the last pixel until it lies inside. */
function reflect(coordinate: number, size: number): number {
  if (coordinate >= 0 && coordinate <= size - 1) return coordinate;
  const distance = Math.abs(coordinate + 0.5);
  const beyond = distance % size;
  const inside = Math.floor(distance / size) % 2 === 0 ? beyond - 0.5 : size - 0.5 - beyond;
  return Math.min(Math.max(inside, 0), size - 1);
}
