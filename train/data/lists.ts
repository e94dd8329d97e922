import { AreographError } from '../../dsl/errors.ts';

/** One line of a split's list: a file, relative to the data set's folder, and the id of its class. */
export interface ListedImage {
  readonly file: string;
  readonly id: number;
  /** 1-based, for messages. */
  readonly line: number;
}

/**
 * Reads a list such as `train-calibrated-shuffled.txt`: one `FILE ID` per line. The id is the last word, so
 * file names may hold spaces. Blank lines are skipped; CRLF is fine.
 *
 * @param where the list's name, for messages
 * @throws AreographError `dataset`, with the line, if a line has another form or its path leaves the folder
 */
export function parseList(text: string, where: string): ListedImage[] {
  return lines(text).map(({ content, line }) => {
    const match = /^(\S.*?)\s+(\d{1,9})$/.exec(content);
    const file = match?.[1]?.replaceAll('\\', '/');
    if (!file || leavesFolder(file)) {
      throw malformed(where, line, "'FILE ID', the file inside the data set's folder", content);
    }
    return { file, id: Number(match?.[2]), line };
  });
}

/**
 * Reads `msl_synset_words-indexed.txt`: one `ID NAME` per line, names with spaces.
 *
 * @returns names by id, in order of the lines
 * @throws AreographError `dataset`, with the line, if a line has another form, or an id or a name comes twice
 */
export function parseClassNames(text: string, where: string): Map<number, string> {
  const names = new Map<number, string>();
  const lineOf = new Map<string, number>();
  for (const { content, line } of lines(text)) {
    const match = /^(\d{1,9})\s+(\S.*)$/.exec(content);
    const name = match?.[2];
    if (!name) throw malformed(where, line, "'ID NAME'", content);
    const id = Number(match[1]);
    const earlier = lineOf.get(`id ${id}`) ?? lineOf.get(`name ${name}`);
    if (earlier !== undefined) {
      throw malformed(where, line, 'an id and a name of its own', `'${content}' after line ${earlier}`);
    }
    lineOf.set(`id ${id}`, line).set(`name ${name}`, line);
    names.set(id, name);
  }
  return names;
}

function lines(text: string): { content: string; line: number }[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((content, index) => ({ content: content.trim(), line: index + 1 }))
    .filter(({ content }) => content !== '');
}

function leavesFolder(file: string): boolean {
  return file.startsWith('/') || /^[A-Za-z]:/.test(file) || file.split('/').includes('..');
}

function malformed(where: string, line: number, expected: string, found: string): AreographError {
  const shown = found.length > 80 ? `${found.slice(0, 80)}…` : found;
  return new AreographError({
    code: 'dataset',
    where: `${where}, line ${line}`,
    expected,
    found: shown.startsWith("'") ? shown : `'${shown}'`,
    next: 'Correct the line, or fetch the data set again.',
  });
}
