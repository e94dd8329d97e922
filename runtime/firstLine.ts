/** The first line of what was thrown: the messages of onnxruntime and libvips go on over several. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
