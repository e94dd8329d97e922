/** Image files decoded in a worker: a photograph of many megapixels would hold up the page. */
import { defaultMaxPixels, maxSide, type RgbImage, tooLarge } from '../../runtime/image.ts';
import { type Connection, connect } from '../connection.ts';
import type { Decoding } from './decodeWorker.ts';

let decoder: Connection<Decoding> | undefined;

/**
 * Like {@link decodeImage}, without holding up the page, and without decoding what is too large.
 *
 * @throws AreographError 'format', 'image' or 'pixels', and 'device' if the worker dies
 */
export async function decodeFile(file: File): Promise<RgbImage> {
  await requireSize(file);
  const { remote, answer } = connected();
  return answer(remote.decode(file, file.name));
}

function connected(): Connection<Decoding> {
  if (decoder !== undefined) return decoder;
  const worker = new Worker(new URL('./decodeWorker.ts', import.meta.url), { type: 'module' });
  const started = connect<Decoding>(worker, 'what decodes images');
  // The next file starts another.
  started.death.catch(() => {
    decoder = undefined;
  });
  decoder = started;
  return started;
}

/** By what the file's header says: a small file can hold more pixels than there is memory. */
async function requireSize(file: File): Promise<void> {
  const url = URL.createObjectURL(file);
  try {
    const { naturalWidth: width, naturalHeight: height } = await header(url);
    if (width * height <= defaultMaxPixels && Math.max(width, height) <= maxSide) return;
    throw tooLarge(file.name, `${width} x ${height}`, defaultMaxPixels);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** An element that has read an image's size, which is 0 x 0 for what is none. */
function header(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  return new Promise((resolve) => {
    image.onload = () => resolve(image);
    image.onerror = () => resolve(image);
    image.src = url;
  });
}
