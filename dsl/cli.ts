import { InvalidArgumentError } from '@commander-js/extra-typings';
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

/** An option's value as a number that passes the check; for commander's option parsers. */
export function number(check: (value: number) => boolean, wanted: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && check(value)) return value;
    throw new InvalidArgumentError(`Expected ${wanted}, found '${text}'.`);
  };
}

export const positiveInteger = number(
  (value) => Number.isSafeInteger(value) && value > 0,
  'a positive integer',
);

export const probability = number((value) => value >= 0 && value <= 1, 'a number from 0 to 1');

/** Several, with commas between. */
export const positiveIntegers = (text: string): number[] => text.split(',').map(positiveInteger);
