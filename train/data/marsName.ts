/** What the names of the rover's camera products say. */

/** The cameras built by Malin Space Science Systems: codes in the names, and what the cameras are called. */
export const MARS_INSTRUMENTS = {
  ML: 'Mastcam left',
  MR: 'Mastcam right',
  MH: 'MAHLI',
  MD: 'MARDI',
} as const;
export type MarsInstrument = (typeof MARS_INSTRUMENTS)[keyof typeof MARS_INSTRUMENTS];

export interface MarsName {
  /** Martian day since the landing. */
  readonly sol: number;
  readonly instrument: MarsInstrument;
  /**
   * The first 22 characters. Products of one exposure share them, such as a thumbnail and the whole image: what they
   * differ in, compression and size, comes after.
   */
  readonly exposure: string;
}

/**
 * Sol (4 digits), instrument (2 letters), product (9), how often the camera's identifier was used (2), that identifier
 * (5); then the kind of product (a letter), two counters, and how it was processed: `0830MR0036510000500684E01_DRCL`.
 */
const pattern = /^((?<sol>\d{4})(?<code>ML|MR|MH|MD)\d{16})[A-Z][0-9A-Z]{2}_[A-Z]{4}\.[A-Za-z]+$/;

const instruments: ReadonlyMap<string, MarsInstrument> = new Map(Object.entries(MARS_INSTRUMENTS));

/**
 * Reads the name of a Mastcam, MAHLI or MARDI product, by the convention of the Planetary Data System: 'File naming for
 * MSL MMM EDRs and single frame RDRs', https://an.rsl.wustl.edu/help/ (About the data, Data products, MSL). Products of
 * tests on Earth, which have letters in place of the sol, are no products of a Martian day.
 *
 * @param file name or path, of any image format
 * @returns undefined for any other name
 */
export function parseMarsName(file: string): MarsName | undefined {
  const match = pattern.exec(file.replace(/^.*[\\/]/, ''));
  const instrument = instruments.get(match?.groups?.['code'] ?? '');
  const exposure = match?.[1];
  if (!match || instrument === undefined || exposure === undefined) return undefined;
  return { sol: Number(match.groups?.['sol']), instrument, exposure };
}
