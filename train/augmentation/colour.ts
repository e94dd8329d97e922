/** Brightness, contrast, saturation and hue as one affine map of the colours. */

/** Applied in this order. */
export interface ColourChange {
  /** Factor of all channels. */
  readonly brightness: number;
  /** Factor of the distance from the image's mean luma. */
  readonly contrast: number;
  /** Factor of the distance from the pixel's luma: 0 makes grey. */
  readonly saturation: number;
  /** Radians around the colour circle. */
  readonly hue: number;
  /** Factors of red, green and blue. */
  readonly gains: Rgb;
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** Y of ITU-R BT.601. */
const luma = ([red, green, blue]: Rgb) => 0.299 * red + 0.587 * green + 0.114 * blue;

/**
 * Changes the colours of an image, `[H, W, 3]`, in place. Brightness, contrast and saturation are
 * torchvision's `adjust_brightness`, `adjust_contrast` and `adjust_saturation`, but clamped to 0..255 once at the end
 * and not after each. The hue turns in the plane of U = 0.492 (B - Y) and V = 0.877 (R - Y), so that the luma stays
 * (torchvision turns in HSV, where it does not).
 */
export function changeColours(pixels: Uint8ClampedArray, change: ColourChange): void {
  const { brightness, contrast, saturation, hue, gains } = change;
  const [redGain, greenGain, blueGain] = gains;
  const isKept = brightness === 1 && contrast === 1 && saturation === 1 && hue === 0;
  if (isKept && redGain === 1 && greenGain === 1 && blueGain === 1) return;
  const gain = brightness * contrast;
  // Saturation and hue keep greys, so the grey that contrast mixes in may be added after them.
  const offset = brightness * (1 - contrast) * luma(meanColour(pixels));
  const [rr, gr, br] = turn([gain, 0, 0], change);
  const [rg, gg, bg] = turn([0, gain, 0], change);
  const [rb, gb, bb] = turn([0, 0, gain], change);
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i] ?? 0;
    const green = pixels[i + 1] ?? 0;
    const blue = pixels[i + 2] ?? 0;
    pixels[i] = redGain * (rr * red + rg * green + rb * blue + offset);
    pixels[i + 1] = greenGain * (gr * red + gg * green + gb * blue + offset);
    pixels[i + 2] = blueGain * (br * red + bg * green + bb * blue + offset);
  }
}

/** A colour after saturation and hue: its chroma is scaled and turned, its luma stays. */
function turn(colour: Rgb, { saturation, hue }: ColourChange): Rgb {
  const y = luma(colour);
  const u = saturation * 0.492 * (colour[2] - y);
  const v = saturation * 0.877 * (colour[0] - y);
  const red = y + (u * Math.sin(hue) + v * Math.cos(hue)) / 0.877;
  const blue = y + (u * Math.cos(hue) - v * Math.sin(hue)) / 0.492;
  return [red, (y - 0.299 * red - 0.114 * blue) / 0.587, blue];
}

function meanColour(pixels: Uint8ClampedArray): Rgb {
  let [red, green, blue] = [0, 0, 0];
  for (let i = 0; i < pixels.length; i += 3) {
    red += pixels[i] ?? 0;
    green += pixels[i + 1] ?? 0;
    blue += pixels[i + 2] ?? 0;
  }
  const count = pixels.length / 3;
  return [red / count, green / count, blue / count];
}
