/** One task at a time, and of those that are asked for meanwhile only the newest: a dragged slider queues up no work. */
export class Latest {
  readonly #failed: (error: unknown) => void;
  #running = false;
  #next: (() => Promise<void>) | undefined;

  /** @param failed told of a task that rejects; the next goes on */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Runs the task once the one before it has ended, unless a newer one is asked for until then. */
  async ask(task: () => Promise<void>): Promise<void> {
    this.#next = task;
    if (this.#running) return;
    this.#running = true;
    for (let next = this.#take(); next !== undefined; next = this.#take()) await next().catch(this.#failed);
    this.#running = false;
  }

  /** Forgets what has not begun. */
  drop(): void {
    this.#next = undefined;
  }

  #take(): (() => Promise<void>) | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }
}
