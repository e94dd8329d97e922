/** The worker behind `decoder.ts`. */
import { expose, transfer } from 'comlink';
import type { RgbImage } from '../../runtime/image.ts';
import { decodeImage } from './decode.ts';

export interface Decoding {
  decode(file: Blob, where: string): Promise<RgbImage>;
}

const decoding: Decoding = {
  async decode(file, where) {
    const image = await decodeImage(file, where);
    return transfer(image, [image.data.buffer]);
  },
};

expose(decoding);
