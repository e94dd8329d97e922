/** Tasks one after the other, in the order in which they are asked for: onnxruntime-web on WebGPU does one thing at a time. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** What the task gives, once it had its turn; one that fails holds up no other. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
