/**
 * For tests: what was found of what a test needs, or undefined after a loud word that the test is skipped.
 *
 * @param found undefined where it is not installed
 * @param missing what is missing, and how to install it
 * @throws Error in CI, where nothing is skipped.
 */
export function neededForTest<T>(found: T | undefined, missing: string): T | undefined {
  if (found !== undefined) return found;
  if (process.env['CI'] !== undefined) throw new Error(missing);
  console.warn(`\n!!!! SKIPPED: ${missing} !!!!\n`);
  return undefined;
}
