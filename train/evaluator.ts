/** Loss and accuracy of weights on a split, through the evaluation graph. */
import { type InferenceSession, Tensor } from 'onnxruntime-common';
import { type Model, parameters } from '../dsl/model.ts';
import { type AnswerOptions, evaluationGraph } from '../export/inferenceGraph.ts';
import type { NamedTensor } from '../export/namedTensor.ts';
import { encodeModel } from '../export/onnx.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Pixels } from './data/pixels.ts';
import { nextTask } from './nextTask.ts';

export interface Evaluation {
  /** Mean cross-entropy in nats; a probability counts as at least 1e-12. */
  readonly loss: number;
  readonly accuracy: number;
  /** float32 `[count, classes]` */
  readonly probabilities: Float32Array;
  /** float32 `[count]`, see {@link evaluationGraph} */
  readonly energies: Float32Array;
  /** The most probable class of each image. */
  readonly predictions: Int32Array;
}

/** Images at a time: enough for long products in the network; fewer of large ones, so that memory stays flat. */
function batchOf({ imageBytes }: Pixels): number {
  return Math.max(1, Math.min(64, Math.floor(2 ** 22 / imageBytes)));
}

export class Evaluator {
  readonly #session: InferenceSession;
  readonly #model: Model;

  private constructor(session: InferenceSession, model: Model) {
    this.#session = session;
    this.#model = model;
  }

  /** @param answer the defaults: the network's own answer */
  static async open(model: Model, runtime: Runtime, answer: AnswerOptions = {}): Promise<Evaluator> {
    const graph = encodeModel(evaluationGraph(model, answer));
    return new Evaluator(await runtime.openSession(graph, 'the evaluation graph'), model);
  }

  /** Frees its memory; it is not to be used any more. */
  close(): Promise<void> {
    return this.#session.release();
  }

  /**
   * @param onProgress told the images done so far
   * @returns undefined if the signal came before the end
   */
  async evaluate(
    weights: ReadonlyMap<string, NamedTensor>,
    pixels: Pixels,
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<Evaluation | undefined> {
    const { input, classes } = this.#model;
    const feeds = Object.fromEntries(
      parameters(this.#model).map(({ name, shape }) => {
        const tensor = weights.get(name);
        if (tensor === undefined) throw new Error(`the weights lack ${name}`);
        return [name, new Tensor('float32', tensor.data, [...shape])];
      }),
    );
    const batch = batchOf(pixels);
    let loss = 0;
    const all = new Float32Array(pixels.count * classes);
    const energies = new Float32Array(pixels.count);
    const predictions = new Int32Array(pixels.count);
    for (let first = 0; first < pixels.count; first += batch) {
      const count = Math.min(batch, pixels.count - first);
      const images = new Uint8Array(count * pixels.imageBytes);
      pixels.read(
        Array.from({ length: count }, (_, i) => first + i),
        images,
      );
      const { probabilities, energy } = await this.#session.run({
        ...feeds,
        images: new Tensor('uint8', images, [count, input.height, input.width, input.channels]),
      });
      const data = float32(probabilities);
      all.set(data, first * classes);
      energies.set(float32(energy), first);
      for (let i = 0; i < count; i += 1) {
        const row = data.subarray(i * classes, (i + 1) * classes);
        const label = pixels.labels[first + i] ?? -1;
        loss -= Math.log(Math.max(row[label] ?? 0, 1e-12));
        predictions[first + i] = row.indexOf(Math.max(...row));
      }
      onProgress(first + count, pixels.count);
      await nextTask();
      if (signal.aborted) return undefined;
    }
    const correct = pixels.labels.reduce(
      (sum, label, image) => sum + (predictions[image] === label ? 1 : 0),
      0,
    );
    return {
      loss: loss / pixels.count,
      accuracy: correct / pixels.count,
      probabilities: all,
      energies,
      predictions,
    };
  }
}

function float32(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error('the evaluation graph answers otherwise than declared');
}
