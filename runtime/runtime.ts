/** What opens sessions on graphs: onnxruntime-node, or onnxruntime-web in a browser. Their sessions have one interface. */
import type { InferenceSession } from 'onnxruntime-common';

export interface MemoryOptions {
  /** Names of outputs that stay on the device, as GPU buffers. Whoever fetches them disposes of them. */
  readonly onDevice?: readonly string[];
  /** Whether the CPU provider keeps the memory of its largest run for the next; faster. Default true. */
  readonly arena?: boolean;
}

export interface Runtime {
  /**
   * Opens a session on a serialised model.
   *
   * @param where the model's name, for messages
   * @throws AreographError 'device' if the device is not there, 'model' if the runtime refuses the model
   */
  openSession(model: Uint8Array, where: string, memory?: MemoryOptions): Promise<InferenceSession>;
  /**
   * Opens what turns images into a network's input, always on the CPU: images come from there, and their sizes vary. Without
   * an arena, which would keep what the largest image took, several times its own size.
   */
  openPreprocessing(model: Uint8Array): Promise<InferenceSession>;
}
