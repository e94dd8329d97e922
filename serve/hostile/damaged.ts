/** Images cut off, and images with one bit wrong. */

import { classified, either, problem } from './expectations.ts';
import { classify, type Input, type Kind } from './kind.ts';
import { large } from './picture.ts';

const perKind = 20;
/** A format is told by its first bytes: less than these is no image. */
const signature = 12;

/** Places from the signature to a part of the length, evenly spread. */
function places(bytes: Uint8Array, part: number): number[] {
  const last = Math.floor(bytes.length * part) - 1;
  return Array.from(
    { length: perKind },
    (_, i) => signature + Math.round((i * (last - signature)) / perKind),
  );
}

/** To 0.95 of the length: without a last byte that only marks the end, decoders have all pixels. */
function truncated(bytes: Uint8Array): Input[] {
  return places(bytes, 0.95).map((end) => classify(`cut off after ${end} bytes`, bytes.subarray(0, end)));
}

function bitFlipped(bytes: Uint8Array): Input[] {
  return places(bytes, 1).map((place, i) => {
    const copy = Uint8Array.from(bytes);
    copy[place] = (copy[place] ?? 0) ^ (1 << (i % 8));
    return classify(`bit ${i % 8} of byte ${place}`, copy);
  });
}

/** A flipped bit may be a wrong pixel, which nobody can know, or break the code of all that follows. */
export const damagedKinds: readonly Kind[] = Object.entries(large).flatMap(([format, bytes]) => [
  { name: `truncated ${format}`, inputs: truncated(bytes), expect: problem('damaged-image') },
  {
    name: `bit-flipped ${format}`,
    inputs: bitFlipped(bytes),
    expect: either(classified, problem('damaged-image')),
  },
]);
