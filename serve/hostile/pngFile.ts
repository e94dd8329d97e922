/** PNG files chunk by chunk, as no encoder would write them. https://www.w3.org/TR/png-3 */
import { crc32, deflateSync } from 'node:zlib';

export interface Header {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  readonly colour: keyof typeof colourTypes;
}

const colourTypes = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const;

/** A file of a header, these chunks, and the end. */
export function pngFile(header: Header, ...chunks: readonly Uint8Array[]): Buffer {
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, headerChunk(header), ...chunks, chunk('IEND', Buffer.alloc(0))]);
}

/** Rows of samples, each after its filter, compressed. */
export function pixelChunk(rows: Uint8Array): Buffer {
  return chunk('IDAT', deflateSync(rows));
}

function headerChunk({ width, height, depth, colour }: Header): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data[8] = depth;
  data[9] = colourTypes[colour];
  return chunk('IHDR', data);
}

/** Length, type, data, and the check sum of type and data. */
export function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
