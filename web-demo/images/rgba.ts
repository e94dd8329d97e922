/** Pixels as canvases take them. */
export interface RgbaImage {
  readonly height: number;
  readonly width: number;
  /** `[height, width, 4]`, not premultiplied. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** `[height, width, 3]`, opaque. */
export function toRgba({
  height,
  width,
  data,
}: {
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}): RgbaImage {
  const pixels = new Uint8ClampedArray(height * width * 4).fill(255);
  for (let i = 0, j = 0; i < data.length; i += 3, j += 4) {
    pixels[j] = data[i] ?? 0;
    pixels[j + 1] = data[i + 1] ?? 0;
    pixels[j + 2] = data[i + 2] ?? 0;
  }
  return { height, width, data: pixels };
}
