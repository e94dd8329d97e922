import type { RgbImage } from '../../runtime/image.ts';
import { readPixels } from './decode.ts';
import { toRgba } from './rgba.ts';

/** The image, or where it is larger a copy of `longest` pixels on its longer side. */
export async function smaller(image: RgbImage, longest: number): Promise<RgbImage> {
  const scale = longest / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(scale * side)));
  if (width === undefined || height === undefined) throw new Error('an image has two sides');
  const whole = new ImageData(toRgba(image).data, image.width, image.height);
  const bitmap = await createImageBitmap(whole, {
    resizeWidth: width,
    resizeHeight: height,
    resizeQuality: 'high',
  });
  try {
    return readPixels(bitmap, width, height);
  } finally {
    bitmap.close();
  }
}
