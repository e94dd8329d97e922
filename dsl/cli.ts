import { AreographError } from './errors.ts';

/**
 * Runs a command: what the user can put right is said in one line on stderr, anything else is a defect and keeps
 * its stack. Either way the exit code becomes 1, and the process ends by itself once its output is written.
 */
export async function runCli(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof AreographError ? `error: ${error.message}` : error);
    process.exitCode = 1;
  }
}
