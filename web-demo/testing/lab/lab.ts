/** For tests and benches: the page's decoding and its worker, as they are built, without the page around them. */
import type { HeatMap } from '../../../runtime/heatMap.ts';
import type { RgbImage } from '../../../runtime/image.ts';
import { decodeFile } from '../../images/decoder.ts';
import type { Backend, BackendChoice } from '../../inference/backend.ts';
import { startInference } from '../../inference/client.ts';

/** What crosses over from a test is JSON: bytes are in base64. */
export interface LabImage {
  readonly height: number;
  readonly width: number;
  readonly data: string;
}

export interface LabAnswer {
  readonly probabilities: readonly number[];
  readonly energy?: number;
  readonly milliseconds: number;
}

export interface Lab {
  start(choice: BackendChoice): Promise<Backend>;
  /** @returns the names of its classes */
  open(key: string, model: string): Promise<readonly string[]>;
  decode(file: string): Promise<LabImage>;
  predict(key: string, image: LabImage): Promise<LabAnswer>;
  explain(key: string, image: LabImage, classIndex: number): Promise<HeatMap>;
}

declare global {
  var lab: Lab;
}

const { remote: inference } = startInference();

globalThis.lab = {
  start: (choice) => inference.start(choice),
  open: async (key, model) => {
    const { description } = await inference.open(key, bytesOf(model));
    return description.classes;
  },
  decode: async (file) => {
    const { height, width, data } = await decodeFile(new File([bytesOf(file)], 'the file'));
    return { height, width, data: await base64Of(data) };
  },
  predict: async (key, image) => {
    const prediction = await inference.predict(key, pixelsOf(image));
    return { ...prediction, probabilities: Array.from(prediction.probabilities) };
  },
  explain: (key, image, classIndex) => inference.explain(key, pixelsOf(image), classIndex),
};

function pixelsOf({ height, width, data }: LabImage): RgbImage {
  return { height, width, data: bytesOf(data) };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** By a data URL, for what is too long for the arguments of String.fromCharCode. */
function base64Of(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([new Uint8Array(bytes)]));
  });
}
