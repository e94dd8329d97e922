/** Parts of a document. */
import { type Figure, figureName, figurePath } from './figure.ts';

/** Some Markdown, with the figures that it refers to. */
export interface Section {
  readonly markdown: string;
  readonly figures: readonly Figure[];
}

/** A figure's place in the text, and below it its number and what it shows. */
export function show(file: string, description: string): string {
  const [, number = ''] = figureName.exec(file) ?? [];
  return `![${description}](${figurePath(file)})\n\n*Figure ${number}. ${description}.*`;
}

/** Paragraphs, without those that are empty. */
export function paragraphs(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join('\n\n');
}

/** Said of numbers that were measured on drawings. */
export const drawnNotice =
  '**These are drawings made by a program, not photographs: nothing here says anything about Mars.**';
