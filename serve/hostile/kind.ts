/** What a hostile input is, and what is expected of the server. */
import type { RgbImage } from '../../runtime/image.ts';
import type { HttpAnswer, HttpRequest, RawRequest } from './client.ts';

export interface Input {
  /** Tells it from the others of its kind. */
  readonly name: string;
  readonly request: HttpRequest | RawRequest;
  /** What the model should see, where that is known: its answer must be that for these pixels. */
  readonly pixels?: RgbImage;
  /** The name that the answer should give to the image. */
  readonly file?: string;
}

/** What follows from an input, where something does. */
export interface Expected {
  /** By class, in the model's order. */
  readonly probabilities?: ReadonlyMap<string, number>;
  readonly file?: string;
}

export interface Kind {
  readonly name: string;
  readonly inputs: Iterable<Input> | AsyncIterable<Input>;
  /** Throws if this is not how the server should answer. */
  readonly expect: (answer: HttpAnswer, expected: Expected) => void;
}

/** An image, or whatever claims to be one, as `POST /classify` takes it. */
export function classify(name: string, body: Uint8Array, pixels?: RgbImage): Input {
  return { name, request: { path: '/classify', body }, ...(pixels === undefined ? {} : { pixels }) };
}

/** A table's rows as inputs that are classified. */
export function* classifyEach(bodies: Readonly<Record<string, Uint8Array | string>>): Generator<Input> {
  for (const [name, body] of Object.entries(bodies)) yield classify(name, Buffer.from(body));
}
