/** What a client sent, as a message can give it back: its first 100 characters, if it has more. */
export function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
