/** Brightness and colour of one picture, from its sRGB values as they are stored. */
import type { RgbImage } from '../../runtime/image.ts';

export interface PixelStatistics {
  /** Mean luma, 0 to 255: 0.2126 R + 0.7152 G + 0.0722 B (ITU-R BT.709-6, 3.2). */
  readonly brightness: number;
  /** Standard deviation of the luma within the picture. */
  readonly contrast: number;
  /** Mean saturation, 0 to 1: (max - min) / max of the three channels, 0 for black (HSV; Smith 1978). */
  readonly saturation: number;
  /** Largest difference between two channels of one pixel: 0 if the picture is grey in all its pixels. */
  readonly chroma: number;
  /** Mean of each channel, red first, 0 to 255. */
  readonly means: readonly [number, number, number];
  /** Mean of each channel's square. */
  readonly squares: readonly [number, number, number];
}

export function pixelStatistics({ data }: RgbImage): PixelStatistics {
  const pixels = data.length / 3;
  const sums = new Float64Array(6);
  let luma = 0;
  let lumaSquares = 0;
  let saturation = 0;
  let chroma = 0;
  for (let i = 0; i < data.length; i += 3) {
    const red = data[i] ?? 0;
    const green = data[i + 1] ?? 0;
    const blue = data[i + 2] ?? 0;
    sums[0] = (sums[0] ?? 0) + red;
    sums[1] = (sums[1] ?? 0) + green;
    sums[2] = (sums[2] ?? 0) + blue;
    sums[3] = (sums[3] ?? 0) + red * red;
    sums[4] = (sums[4] ?? 0) + green * green;
    sums[5] = (sums[5] ?? 0) + blue * blue;
    const y = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    luma += y;
    lumaSquares += y * y;
    const most = Math.max(red, green, blue);
    const difference = most - Math.min(red, green, blue);
    if (most > 0) saturation += difference / most;
    if (difference > chroma) chroma = difference;
  }
  const mean = (index: number) => (sums[index] ?? 0) / pixels;
  const brightness = luma / pixels;
  return {
    brightness,
    // Rounding may leave a tiny negative number of a picture of one colour.
    contrast: Math.sqrt(Math.max(0, lumaSquares / pixels - brightness ** 2)),
    saturation: saturation / pixels,
    chroma,
    means: [mean(0), mean(1), mean(2)],
    squares: [mean(3), mean(4), mean(5)],
  };
}
