import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { SYNTHETIC_MARKER, syntheticMarkerSchema } from './dataset.ts';
import { asStorageError, discard, removeAbandoned, temporaryName } from './disk.ts';
import { type Backdrop, DRAWINGS, type Drawing, pebbles, pick, SOIL } from './drawings.ts';
import { SPLITS, type Split } from './listing.ts';
import { CLASS_NAMES_FILE, listFile } from './listLayout.ts';
import { forEachParallel } from './parallel.ts';
import { Random } from './random.ts';
import { smoothNoise } from './smoothNoise.ts';

/** Raised when the drawings change: a set of an older version is drawn again. */
const SYNTHETIC_VERSION = 1;
const SYNTHETIC_NAME = 'synthetic Mars-like drawings (not photographs)';
/** Images per class. */
export const SYNTHETIC_COUNTS: Readonly<Record<Split, number>> = { train: 20, val: 6, test: 6 };

const PICTURES =
  Object.keys(DRAWINGS).length * SPLITS.reduce((sum, split) => sum + SYNTHETIC_COUNTS[split], 0);
const SEED = 20_120_806; // Curiosity's landing, 6 August 2012.
/** What a whole set takes on disk, rounded up, for the message when there is no room. */
const BYTES = 8_000_000;

const README = `Synthetic Mars-like drawings
----------------------------
These pictures were drawn by a program. They are NOT photographs and were not taken on Mars. They stand in for
the labelled images of the Curiosity rover (DOI 10.5281/zenodo.1049137) so that training, tests and examples run
without a download. Class names and file layout are the same; accuracies measured here say nothing about Mars.

The folder may be deleted; it is drawn again when it is needed.
`;

/**
 * Draws a small labelled set of Mars-like pictures in the MSL layout: 24 classes of 20 train, 6 val and 6 test
 * JPEGs, about 160 x 120. The same version of sharp draws the same bytes every time. Nothing is seen under
 * `directory` until all of it is there; what an older version drew, or what has lost pictures, is replaced.
 *
 * @param onProgress told the pictures drawn so far; never called if the set is there already
 * @throws AreographError `storage` if it cannot be written
 */
export async function drawSyntheticDataset(
  directory: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  if (isWhole(directory)) return;
  const temporary = temporaryName(directory);
  try {
    mkdirSync(dirname(directory), { recursive: true });
    removeAbandoned(directory);
    mkdirSync(join(temporary, 'calibrated'), { recursive: true });
    await drawInto(temporary, onProgress);
    // Another process may have drawn the same set meanwhile, and may be reading it.
    if (isWhole(directory)) return rmSync(temporary, { recursive: true });
    rmSync(directory, { recursive: true, force: true });
    renameSync(temporary, directory);
  } catch (error) {
    discard(temporary);
    throw asStorageError(error, directory, BYTES, 'Free some space there, or give a data set with --data.');
  }
}

function isWhole(directory: string): boolean {
  try {
    const marker: unknown = JSON.parse(readFileSync(join(directory, SYNTHETIC_MARKER), 'utf8'));
    return (
      syntheticMarkerSchema.parse(marker).version === SYNTHETIC_VERSION &&
      readdirSync(join(directory, 'calibrated')).length === PICTURES
    );
  } catch {
    return false; // Missing or unreadable: drawn again either way.
  }
}

interface Picture {
  readonly file: string;
  readonly drawing: Drawing;
  readonly split: Split;
  readonly seed: number;
}

async function drawInto(folder: string, onProgress: (done: number, total: number) => void): Promise<void> {
  const random = new Random(SEED);
  const planned = Object.values(DRAWINGS).flatMap((drawing) =>
    SPLITS.flatMap((split) => Array.from({ length: SYNTHETIC_COUNTS[split] }, () => ({ drawing, split }))),
  );
  // Numbered after shuffling, so that a file's name does not tell its class.
  const pictures = random.shuffled(planned).map(
    (plan, index): Picture => ({
      ...plan,
      file: `calibrated/synthetic-${String(index).padStart(4, '0')}.jpg`,
      seed: random.bits(),
    }),
  );

  let done = 0;
  await forEachParallel(pictures, availableParallelism(), async ({ file, drawing, seed }) => {
    writeFileSync(join(folder, file), await drawPicture(drawing, seed));
    onProgress(++done, pictures.length);
  });
  for (const split of SPLITS) {
    const lines = pictures.filter((picture) => picture.split === split);
    writeFileSync(
      join(folder, listFile(split)),
      lines.map(({ file, drawing }) => `${file} ${drawing.id}\n`).join(''),
    );
  }
  const names = [
    ...Object.entries(DRAWINGS).map(([name, { id }]) => ({ name, id })),
    { name: 'sun', id: 22 },
  ];
  writeFileSync(
    join(folder, CLASS_NAMES_FILE),
    names
      .sort((a, b) => a.id - b.id)
      .map(({ name, id }) => `${String(id).padEnd(8)}${name}\n`)
      .join(''),
  );
  writeFileSync(join(folder, 'README.txt'), README);
  writeFileSync(
    join(folder, SYNTHETIC_MARKER),
    `${JSON.stringify({ name: SYNTHETIC_NAME, version: SYNTHETIC_VERSION })}\n`,
  );
}

/** One picture as JPEG: the drawing as SVG, then light, dust and grain on its pixels. */
export async function drawPicture(drawing: Drawing, seed: number): Promise<Buffer> {
  const random = new Random(seed);
  const [width, height] = [random.integer(148, 176), random.integer(110, 132)];
  const { data } = await sharp(Buffer.from(sceneSvg(drawing, random, width, height)))
    .flatten({ background: '#a9744c' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  weather(data, width, height, random);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}

function sceneSvg(drawing: Drawing, random: Random, width: number, height: number): string {
  const place = drawing.loose
    ? [
        `translate(${random.between(-24, 24).toFixed(1)} ${random.between(-15, 15).toFixed(1)})`,
        `rotate(${random.between(-28, 28).toFixed(1)})`,
        `scale(${(random.between(0.65, 1.2) * (random.chance(0.5) ? 1 : -1)).toFixed(3)} ${random.between(0.65, 1.2).toFixed(3)})`,
      ].join(' ')
    : `scale(${random.between(1, 1.25).toFixed(3)})`;
  const shadow = `<g transform="translate(5 6) ${place}" opacity="0.25" filter="url(#black)">`;
  const object = drawing.draw(random);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="-80 -60 160 120" preserveAspectRatio="xMidYMid slice">` +
    '<filter id="black"><feColorMatrix values="0 0 0 0 0.1 0 0 0 0 0.06 0 0 0 0 0.04 0 0 0 1 0"/></filter>' +
    BACKDROPS[drawing.backdrop](random) +
    (drawing.loose && drawing.backdrop !== 'none' ? `${shadow}${object}</g>` : '') +
    `<g transform="${place}">${object}</g></svg>`
  );
}

const fill = (color: string) => `<rect x="-200" y="-200" width="400" height="400" fill="${color}"/>`;

const BACKDROPS: Readonly<Record<Backdrop, (random: Random) => string>> = {
  none: () => '',
  soil: (random) => fill(pick(random, SOIL)) + pebbles(random, random.integer(4, 26), random.between(3, 7)),
  sky: (random) =>
    fill(pick(random, ['#d8b48a', '#cfa87c', '#e0c09a'])) +
    `<rect x="-200" y="${random.between(-10, 50).toFixed(1)}" width="400" height="300" fill="${pick(random, SOIL)}"/>`,
  deck: (random) => {
    const seams = Array.from(
      { length: 3 },
      () =>
        `<path d="M${random.between(-80, 80).toFixed(1)} -90l${random.between(-30, 30).toFixed(1)} 180" stroke="#6f675e" stroke-width="1.5"/>`,
    );
    return fill(pick(random, ['#c9c2b5', '#b3aca0', '#d6cfc2', '#9f988d'])) + seams.join('');
  },
  machinery: (random) => {
    const parts = Array.from({ length: 12 }, () => {
      const [x, y] = [random.between(-95, 70), random.between(-75, 50)];
      const color = pick(random, ['#3a342f', '#57504a', '#77706a', '#2a2522', '#8f7a56', '#8c8379']);
      return random.chance(0.6)
        ? `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${random.between(10, 40).toFixed(1)}" height="${random.between(8, 34).toFixed(1)}" fill="${color}"/>`
        : `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${random.between(5, 16).toFixed(1)}" fill="${color}"/>`;
    });
    return fill(pick(random, [...SOIL, '#3d352f'])) + parts.join('');
  },
};

/**
 * Puts Martian weather on `pixels` (RGB, in place): light that falls off to one side, dust in patches, dust in
 * the air that flattens the contrast, and the camera's grain.
 */
function weather(pixels: Uint8Array, width: number, height: number, random: Random): void {
  const brightness = random.between(0.62, 1.15);
  const [slopeX, slopeY] = [random.between(-0.35, 0.35), random.between(-0.3, 0.3)];
  const haze = random.between(0, 0.3);
  const grain = random.between(4, 16);
  const patches = smoothNoise(random, 9);
  const clumps = smoothNoise(random, 31);
  const dust = [200, 146, 100]; // butterscotch

  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width, y / height];
      const cover = Math.min(0.6, haze + 0.28 * Math.max(0, patches(u, v)));
      const light = brightness * (1 + slopeX * (u - 0.5) + slopeY * (v - 0.5) + 0.1 * clumps(u, v));
      const bits = random.bits(); // Four bytes of noise; three are used.
      for (let channel = 0; channel < 3; channel++, at++) {
        const noise = (((bits >>> (8 * channel)) & 255) / 127.5 - 1) * grain;
        const value = (pixels[at] ?? 0) * (1 - cover) + (dust[channel] ?? 0) * cover;
        pixels[at] = Math.max(0, Math.min(255, Math.round(value * light + noise)));
      }
    }
  }
}
