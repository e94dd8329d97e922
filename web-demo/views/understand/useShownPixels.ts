import type { RgbImage } from '../../../runtime/image.ts';
import { type RgbaImage, toRgba } from '../../images/rgba.ts';
import { smaller } from '../../images/smaller.ts';
import { useLatest } from '../../ui/useLatest.ts';

/**
 * The longer side of what is shown, in pixels. An image is shown several times at once, and each canvas takes 4 bytes a
 * pixel: of a phone's own photographs they would take more than the phone gives a page.
 */
const longest = 1024;

const copies = new WeakMap<RgbImage, Promise<RgbaImage>>();

function shownPixels(image: RgbImage): Promise<RgbaImage> {
  const copy = copies.get(image) ?? smaller(image, longest).then(toRgba);
  copies.set(image, copy);
  return copy;
}

/** The image as pixels to show, of the same proportions; undefined until there are some of this image. */
export function useShownPixels(image: RgbImage): RgbaImage | undefined {
  const found = useLatest(async () => ({ image, pixels: await shownPixels(image) }), [image]);
  return found?.image === image ? found.pixels : undefined;
}
