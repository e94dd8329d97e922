/**
 * Lets what waits be heard, such as a signal to stop: the runtime blocks its thread while it computes, and a promise alone
 * lets nothing in between.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
