/** Images that are whole, and unlike what most people send. */
import sharp from 'sharp';
import type { RgbImage } from '../../runtime/image.ts';
import { classified, problem } from './expectations.ts';
import { classify, classifyEach, type Input, type Kind } from './kind.ts';
import { blackAndWhite, draw, encoded, greyPicture, open, picture } from './picture.ts';
import { pixelChunk, pngFile } from './pngFile.ts';

const ramp = (x: number, y: number) => [(x * 7) % 256, (y * 11) % 256, (x + y) % 256] as const;
const black = draw(24, 16, () => [0, 0, 0]);

async function* dimensions(): AsyncGenerator<Input> {
  const sizes = [
    [1, 1],
    [1, 10_000],
    [10_000, 1],
    [2, 1],
    [1, 2],
    [3, 3000],
    [3000, 3],
    [31, 33],
  ] as const;
  for (const [width, height] of sizes) {
    const pixels = draw(width, height, ramp);
    for (const format of ['png', 'tiff'] as const) {
      yield classify(
        `${format}, ${width} x ${height}`,
        await open(pixels).toFormat(format, { compression: 'lzw' }).toBuffer(),
        pixels,
      );
    }
  }
}

/** Names of files with their pixels. Each keeps them without loss, so that the answer must be theirs. */
const lossless: readonly (readonly [name: string, bytes: Promise<Buffer>, pixels: RgbImage])[] = [
  ['PNG, interlaced', open(picture).png({ progressive: true }).toBuffer(), picture],
  ['PNG of 16 bits', open(picture).toColourspace('rgb16').png().toBuffer(), picture],
  ['PNG of 8 bits of grey', open(greyPicture).toColourspace('b-w').png().toBuffer(), greyPicture],
  ['PNG of 16 bits of grey', open(greyPicture).toColourspace('grey16').png().toBuffer(), greyPicture],
  [
    'PNG of 4 bits of a palette',
    open(greyPicture).png({ palette: true, colours: 16, dither: 0 }).toBuffer(),
    greyPicture,
  ],
  [
    'PNG of 1 bit of a palette',
    open(blackAndWhite).png({ palette: true, colours: 2, dither: 0 }).toBuffer(),
    blackAndWhite,
  ],
  ['PNG with opaque alpha', open(picture).ensureAlpha(1).png().toBuffer(), picture],
  ['PNG, all transparent', open(picture).ensureAlpha(0).png().toBuffer(), black],
  [
    'PNG of grey with alpha',
    open(greyPicture).toColourspace('b-w').ensureAlpha(1).png().toBuffer(),
    greyPicture,
  ],
  ['WebP with alpha', open(picture).ensureAlpha(1).webp({ lossless: true }).toBuffer(), picture],
  ['TIFF without compression', open(picture).tiff({ compression: 'none' }).toBuffer(), picture],
  [
    'TIFF, deflated, in tiles',
    open(picture).tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
    picture,
  ],
  ['TIFF of 16 bits', open(picture).toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer(), picture],
  [
    'TIFF of 1 bit',
    open(blackAndWhite).toColourspace('b-w').tiff({ compression: 'none', bitdepth: 1 }).toBuffer(),
    blackAndWhite,
  ],
  [
    'TIFF of 1 bit, faxed',
    open(blackAndWhite).toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 }).toBuffer(),
    blackAndWhite,
  ],
  ['BigTIFF', open(picture).tiff({ compression: 'lzw', bigtiff: true }).toBuffer(), picture],
  [
    'TIFF of grey with white as 0',
    open(greyPicture).toColourspace('b-w').tiff({ compression: 'none', miniswhite: true }).toBuffer(),
    greyPicture,
  ],
  ['GIF of 16 shades', open(greyPicture).gif({ dither: 0 }).toBuffer(), greyPicture],
  [
    'animated GIF',
    animated()
      .gif({ dither: 0, loop: 0, delay: [100, 100] })
      .toBuffer(),
    greyPicture,
  ],
  [
    'animated WebP',
    animated()
      .webp({ lossless: true, loop: 0, delay: [100, 100] })
      .toBuffer(),
    greyPicture,
  ],
];

/** Two frames, of which the first counts. */
function animated() {
  const { width, height, data } = greyPicture;
  const frames = Buffer.concat([data, blackAndWhite.data]);
  return sharp(frames, { raw: { width, height: 2 * height, channels: 3, pageHeight: height } });
}

async function* losslessImages(): AsyncGenerator<Input> {
  for (const [name, bytes, pixels] of lossless) yield classify(name, await bytes, pixels);
}

async function* lossyImages(): AsyncGenerator<Input> {
  const image = open(picture);
  const files = {
    'progressive JPEG': image.clone().jpeg({ progressive: true }),
    'JPEG of grey': image.clone().toColourspace('b-w').jpeg(),
    'JPEG of CMYK': image.clone().toColourspace('cmyk').jpeg(),
    'JPEG with full chroma': image.clone().jpeg({ chromaSubsampling: '4:4:4' }),
    'JPEG of the lowest quality': image.clone().jpeg({ quality: 1 }),
    'JPEG with a colour profile': image.clone().withIccProfile('p3').jpeg(),
    'PNG with a colour profile': image.clone().withIccProfile('p3').png(),
    'PNG half transparent': image.clone().ensureAlpha(0.5).png(),
    'TIFF of CMYK': image.clone().toColourspace('cmyk').tiff({ compression: 'lzw' }),
    'TIFF of CIELAB': image.clone().toColourspace('lab').tiff({ compression: 'lzw' }),
    'TIFF of floats': image.clone().toColourspace('scrgb').tiff({ compression: 'none' }),
    'TIFF of JPEG': image.clone().tiff({ compression: 'jpeg' }),
    'WebP with losses': image.clone().webp({ quality: 20 }),
    'WebP, nearly lossless, with alpha': image.clone().ensureAlpha(0.5).webp({ nearLossless: true }),
    'GIF, interlaced': image.clone().gif({ progressive: true }),
    AVIF: image.clone().avif({ effort: 0 }),
    'AVIF with alpha': image.clone().ensureAlpha(0.5).avif({ effort: 0 }),
  };
  for (const [name, file] of Object.entries(files)) yield classify(name, await file.toBuffer());
}

/** Bytes with others in their place. */
function overwritten(bytes: Uint8Array, at: number, hex: string): Buffer {
  const copy = Buffer.from(bytes);
  copy.write(hex, at, 'hex');
  return copy;
}

const noPixels = pixelChunk(Buffer.alloc(0));
const frameHeader = encoded.jpeg.indexOf(Buffer.from('ffc0', 'hex'));
const impossible = {
  'PNG, 0 x 16': pngFile({ width: 0, height: 16, depth: 8, colour: 'rgb' }, noPixels),
  'PNG, 24 x 0': pngFile({ width: 24, height: 0, depth: 8, colour: 'rgb' }, noPixels),
  'PNG, 2^31 - 1 wide': pngFile({ width: 2 ** 31 - 1, height: 1, depth: 8, colour: 'rgb' }, noPixels),
  'PNG, 2^32 - 1 high': pngFile({ width: 1, height: 2 ** 32 - 1, depth: 8, colour: 'rgb' }, noPixels),
  'PNG of 3 bits': pngFile({ width: 24, height: 16, depth: 3, colour: 'rgb' }, noPixels),
  'PNG without its palette': pngFile({ width: 24, height: 16, depth: 8, colour: 'palette' }, noPixels),
  'PNG without pixels': pngFile({ width: 24, height: 16, depth: 8, colour: 'rgb' }),
  'JPEG, 0 wide': overwritten(encoded.jpeg, frameHeader + 7, '0000'),
  'JPEG of 255 channels': overwritten(encoded.jpeg, frameHeader + 9, 'ff'),
  'JPEG of markers only': Buffer.from('ffd8ffd9', 'hex'),
  'GIF without frames': Buffer.from('4749463839611800100000000003b', 'hex'),
  'TIFF whose directory is itself': overwritten(encoded.tiff, 4, '04000000'),
  'TIFF whose directory is beyond its end': overwritten(encoded.tiff, 4, 'ffffff7f'),
  'WebP without a chunk': Buffer.from('52494646040000005745425000000000', 'hex'),
};

export const unusualKinds: readonly Kind[] = [
  { name: 'absurd dimensions', inputs: dimensions(), expect: classified },
  { name: 'every depth, palette, alpha and layout', inputs: losslessImages(), expect: classified },
  { name: 'other colours and lossy formats', inputs: lossyImages(), expect: classified },
  { name: 'headers that cannot be', inputs: classifyEach(impossible), expect: problem('damaged-image') },
];
