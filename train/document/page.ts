import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asStorageError } from '../data/disk.ts';
import { writeFileAtomic } from '../writeFile.ts';
import { figureName, figurePath } from './figure.ts';
import { htmlPage, type Page } from './html.ts';

export interface Document extends Page {
  /** Of the files, without their endings. */
  readonly name: string;
}

const next = 'Make room, or choose another folder, and run the command again.';

/**
 * Writes a document as `NAME.md` with its `figures/`, and as one self-contained `NAME.html`; each file is whole or not
 * there. Figures of an earlier document in that folder which this one does not have are removed.
 *
 * @param document whose Markdown has no heading of first level: the title becomes it
 * @throws AreographError 'storage' if the folder cannot be written to
 * @throws Error for a figure of another name than {@link figureName}, or a picture that is not among the figures
 */
export function writeDocument(folder: string, { name, title, markdown, figures }: Document): void {
  const misnamed = figures.find(({ file }) => !figureName.test(file));
  if (misnamed) throw new Error(`${misnamed.file} is no name of a figure, such as 01-class-distribution.svg`);
  const text = `# ${title}\n\n${markdown.trim()}\n`;
  const html = htmlPage({ title, markdown: text, figures });
  const figureFolder = join(folder, figurePath(''));
  try {
    mkdirSync(figureFolder, { recursive: true });
  } catch (error) {
    throw asStorageError(error, figureFolder, 0, next);
  }
  for (const { file, content } of figures) write(join(figureFolder, file), content);
  write(join(folder, `${name}.md`), text);
  write(join(folder, `${name}.html`), html);
  const kept = new Set(figures.map(({ file }) => file));
  for (const file of readdirSync(figureFolder)) {
    if (figureName.test(file) && !kept.has(file)) rmSync(join(figureFolder, file));
  }
}

function write(file: string, content: string | Uint8Array): void {
  writeFileAtomic(file, [typeof content === 'string' ? new TextEncoder().encode(content) : content], next);
}
