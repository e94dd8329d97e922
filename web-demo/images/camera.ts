/** Pictures from the device's camera. They stay in the page. */
import { AreographError } from '../../dsl/errors.ts';

/** What a browser says of a camera that it does not open (https://w3c.github.io/mediacapture-main/#dom-mediadevices-getusermedia). */
const refusals: ReadonlyMap<string, { readonly found: string; readonly next: string }> = new Map([
  ['NotFoundError', { found: 'none', next: 'Connect one, or choose image files instead.' }],
  [
    'NotAllowedError',
    {
      found: 'that this page may not use it',
      next: "Allow it in the browser's site settings, beside the address, and try again; or choose image files.",
    },
  ],
  [
    'NotReadableError',
    {
      found: 'one that does not start',
      next: 'Close other programs that may be using it, and try again.',
    },
  ],
]);

/**
 * Opens the camera: on phones that on the back, if there is one.
 *
 * @param onEnded called if it stops by itself, as when it is unplugged
 * @throws AreographError 'device' if there is none, or the page may not use it
 */
export async function openCamera(onEnded: () => void): Promise<MediaStream> {
  const refused = (found: string, next: string, cause?: unknown) =>
    new AreographError(
      { code: 'device', where: 'the camera', expected: 'one to use', found, next },
      { cause },
    );
  // Browsers hide cameras from pages that anyone on the way could have changed.
  if (!globalThis.isSecureContext) {
    throw refused(
      'an address that is not secure',
      'Open this page by https:// or from localhost; or choose image files.',
    );
  }
  if (navigator.mediaDevices === undefined) {
    throw refused('a browser that offers none', 'Choose image files instead.');
  }
  const stream = await navigator.mediaDevices
    .getUserMedia({ video: { facingMode: { ideal: 'environment' } }, audio: false })
    .catch((error: unknown) => {
      const name = error instanceof DOMException ? error.name : '';
      const { found, next } = refusals.get(name) ?? {
        found: String(error),
        next: 'Choose image files instead.',
      };
      throw refused(found, next, error);
    });
  for (const track of stream.getVideoTracks()) track.addEventListener('ended', onEnded);
  return stream;
}

let picturesSoFar = 0;

/** What the video shows now, as a PNG: nothing is lost between the camera and the network. */
export async function photograph(video: HTMLVideoElement): Promise<File> {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) {
    throw new AreographError({
      code: 'device',
      where: 'the camera',
      expected: 'a picture',
      found: 'none yet',
      next: 'Wait until you see one, and try again.',
    });
  }
  picturesSoFar += 1;
  return new File([blob], `picture ${picturesSoFar}.png`, { type: 'image/png' });
}
