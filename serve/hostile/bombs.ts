/** Small files that ask for much memory. */
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { classified, either, problem } from './expectations.ts';
import { classify, classifyEach, type Input, type Kind } from './kind.ts';
import { encoded } from './picture.ts';
import { chunk, pixelChunk, pngFile } from './pngFile.ts';

/** A file whose header says that it is larger than it is: bytes at some places are overwritten. */
function claiming(bytes: Uint8Array, ...places: readonly (readonly [at: number, hex: string])[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [at, hex] of places) copy.write(hex, at, 'hex');
  return copy;
}

function hugePng(width: number, height: number): Buffer {
  return pngFile({ width, height, depth: 8, colour: 'rgb' }, pixelChunk(Buffer.alloc(100_000)));
}

/** Width and height are the first two uint16 after the marker's length and the depth of a sample. */
function hugeJpeg(hex: string): Buffer {
  return claiming(encoded.jpeg, [encoded.jpeg.indexOf(Buffer.from('ffc00011', 'hex')) + 5, hex]);
}

/** Width and height of the screen, and again of the frame, after its left and top. */
function hugeGif(hex: string): Buffer {
  const frame = encoded.gif.indexOf(Buffer.from('2c00000000', 'hex'));
  return claiming(encoded.gif, [6, hex], [frame + 5, hex]);
}

/** Height (0x101) and width (0x100) are entries of the directory: tag, type (3 or 4), count, value. */
function hugeTiff(width: number, height: number): Buffer {
  const file = Buffer.from(encoded.tiff);
  const directory = file.readUInt32LE(4);
  for (let i = 0; i < file.readUInt16LE(directory); i++) {
    const entry = directory + 2 + i * 12;
    const value = { 256: width, 257: height }[file.readUInt16LE(entry)];
    if (value === undefined) continue;
    file.writeUInt16LE(4, entry + 2);
    file.writeUInt32LE(value, entry + 8);
  }
  return file;
}

/** Of a lossless WebP, 14 bits each of width and height less one come after the byte 0x2f. */
function hugeWebp(width: number, height: number): Buffer {
  const file = Buffer.from(encoded.webp);
  const at = file.indexOf('VP8L') + 9;
  file.writeUInt32LE(((file.readUInt32LE(at) & 0xf0000000) | ((height - 1) << 14) | (width - 1)) >>> 0, at);
  return file;
}

const hugeHeaders = {
  'PNG, 100,000 x 100,000': hugePng(100_000, 100_000),
  'PNG, 5001 x 5000': hugePng(5001, 5000),
  'PNG, 1 x 30,000,000': hugePng(1, 30_000_000),
  'JPEG, 65,500 x 65,500': hugeJpeg('ffdcffdc'),
  'JPEG, 1,000 x 65,000': hugeJpeg('fde803e8'),
  'JPEG, 5,001 x 5,000': hugeJpeg('13881389'),
  'GIF, 65,535 x 65,535': hugeGif('ffffffff'),
  'GIF, 6,000 x 5,000': hugeGif('70178813'),
  'WebP, 16,383 x 16,383': hugeWebp(16_383, 16_383),
  'WebP, 5,001 x 5,000': hugeWebp(5001, 5000),
  'TIFF, 5,001 x 5,000': hugeTiff(5001, 5000),
  'TIFF, 100,000 x 100,000': hugeTiff(100_000, 100_000),
};

/** White, or black. What PNG stores as one bit, and TIFF and WebP as next to nothing, becomes three bytes. */
async function* compressible(width: number, height: number): AsyncGenerator<Input> {
  const row = 1 + Math.ceil(width / 8);
  yield classify(
    'PNG of one bit',
    pngFile({ width, height, depth: 1, colour: 'grey' }, pixelChunk(Buffer.alloc(row * height))),
  );
  const flat = sharp({ create: { width, height, channels: 3, background: 'white' } });
  yield classify('WebP', await flat.clone().webp({ effort: 0 }).toBuffer());
  yield classify('TIFF', await flat.clone().tiff({ compression: 'deflate' }).toBuffer());
}

const header = { width: 24, height: 16, depth: 8, colour: 'rgb' } as const;
const rows = pixelChunk(Buffer.alloc(16 * (1 + 24 * 3)));
const million = 1e6;
const zeros = deflateSync(Buffer.alloc(64 * million));
const name = Buffer.from('name\0\0', 'latin1');

/** Parts of a file beside the pixels, which inflate to 64 MB, or are many. */
const beside = {
  'a colour profile': pngFile(header, chunk('iCCP', Buffer.concat([name, zeros])), rows),
  'compressed text': pngFile(header, chunk('zTXt', Buffer.concat([name, zeros])), rows),
  'international text': pngFile(
    header,
    chunk('iTXt', Buffer.concat([Buffer.from('name\0\x01\0\0\0', 'latin1'), zeros])),
    rows,
  ),
  'a megabyte of text': pngFile(header, chunk('tEXt', Buffer.alloc(million, 'a')), rows),
  '50,000 chunks': pngFile(header, ...Array<Buffer>(50_000).fill(chunk('tEXt', Buffer.from('a\0b'))), rows),
  'more pixels than the header says': pngFile(header, pixelChunk(Buffer.alloc(64 * million))),
  'a thousand frames': Buffer.concat([
    encoded.gif.subarray(0, -1),
    ...Array<Buffer>(1000).fill(encoded.gif.subarray(encoded.gif.indexOf(Buffer.from('21f904', 'hex')), -1)),
    encoded.gif.subarray(-1),
  ]),
};

export const bombKinds: readonly Kind[] = [
  {
    name: 'headers that claim too many pixels',
    inputs: classifyEach(hugeHeaders),
    expect: problem('too-many-pixels'),
  },
  {
    name: '30 million pixels, compressed well',
    inputs: compressible(6000, 5000),
    expect: problem('too-many-pixels'),
  },
  { name: 'as many pixels as may be, compressed well', inputs: compressible(5000, 5000), expect: classified },
  {
    name: 'much beside the pixels',
    inputs: classifyEach(beside),
    expect: either(classified, problem('damaged-image')),
  },
];
