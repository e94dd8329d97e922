/** What a failed read found, in words. */
export function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'an unreadable file';
  return { ENOENT: 'no such file', EISDIR: 'a folder', EACCES: 'a file that may not be read' }[code] ?? code;
}
