/** Tables of GitHub-flavoured Markdown (https://github.github.com/gfm/#tables-extension-). */

export type Alignment = 'left' | 'right' | 'center';

/** The dashes of each alignment, at least three wide so that columns of one letter are valid too. */
const rules: Readonly<Record<Alignment, (width: number) => string>> = {
  left: (width) => `:${'-'.repeat(width - 1)}`,
  right: (width) => `${'-'.repeat(width - 1)}:`,
  center: (width) => `:${'-'.repeat(width - 2)}:`,
};

const pads: Readonly<Record<Alignment, (cell: string, width: number) => string>> = {
  left: (cell, width) => cell.padEnd(width),
  right: (cell, width) => cell.padStart(width),
  center: (cell, width) => cell.padStart(Math.ceil((width + cell.length) / 2)).padEnd(width),
};

/**
 * A table whose cells read as they are given, whatever signs are in them; columns are padded, so that the source
 * reads as a table too.
 *
 * @param align of each column; those that it does not reach are aligned to the left
 * @throws Error for a row of another length than the header
 */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { align = [] }: { readonly align?: readonly Alignment[] } = {},
): string {
  const wrong = rows.find((row) => row.length !== header.length);
  if (wrong) throw new Error(`a row of ${wrong.length} cells below a header of ${header.length}: ${wrong}`);
  const lines = [header, ...rows].map((row) => row.map(escapeMarkdown));
  const columns = header.map((_, column) => ({
    alignment: align[column] ?? 'left',
    width: Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)),
  }));
  const rule = columns.map(({ alignment, width }) => rules[alignment](width));
  const [top = [], ...body] = lines.map((line) =>
    columns.map(({ alignment, width }, column) => pads[alignment](line[column] ?? '', width)),
  );
  return [top, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Text whose signs Markdown would take for markup, as text in one line. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ').replaceAll(/[\\`*_[\]<>|~&$]/g, '\\$&');
}
