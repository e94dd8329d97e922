import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import { AreographError } from '../../dsl/errors.ts';
import { bySplit, SPLITS, type Split } from './listing.ts';
import { CLASS_NAMES_FILE, listFile } from './listLayout.ts';

/** A folder that is removed when the running test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'areograph-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The AreographError that `action` fails with; any other outcome fails the test. */
export async function failureOf(action: () => unknown): Promise<AreographError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof AreographError) return error;
    throw error;
  }
  throw new Error('expected a failure, but it succeeded');
}

/** Writes files by name relative to `folder`, making folders as needed. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** All names below `folder`, sorted. */
export function namesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** An `edge` x `edge` PNG of one grey, whose pixels are therefore known exactly. */
export function greyPng(value: number, edge = 6): Promise<Buffer> {
  const background = { r: value, g: value, b: value };
  return sharp({ create: { width: edge, height: edge, channels: 3, background } })
    .png()
    .toBuffer();
}

/**
 * The files of a tiny set in the MSL layout: per split, greys `first`, `first + 1`, … with class ids 3, 7, 3,
 * 7, …; the map also names id 5, which no image has.
 */
export async function listedFiles(
  counts: Readonly<Record<Split, number>>,
): Promise<Record<string, string | Buffer>> {
  const files: Record<string, string | Buffer> = { [CLASS_NAMES_FILE]: '3  dune\n5  sun\n7  big rock\n' };
  const first = bySplit((split) => ({ train: 10, val: 100, test: 200 })[split]);
  for (const split of SPLITS) {
    let list = '';
    for (let i = 0; i < counts[split]; i++) {
      const name = `calibrated/${split} ${i}.png`;
      files[name] = await greyPng(first[split] + i);
      list += `${name} ${i % 2 === 0 ? 3 : 7}\n`;
    }
    files[listFile(split)] = list;
  }
  return files;
}
