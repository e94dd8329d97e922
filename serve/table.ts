import type { Score } from '../runtime/classifier.ts';

const barWidth = 30;

/** Scores as aligned lines: class, percentage, and a bar that is {@link barWidth} characters long at 100 %. */
export function table(scores: readonly Score[]): string {
  const width = Math.max(...scores.map((score) => score.class.length));
  return scores
    .map(({ class: name, probability }) => {
      const percentage = `${(probability * 100).toFixed(1).padStart(5)} %`;
      return `  ${name.padEnd(width)}  ${percentage}  ${'█'.repeat(Math.round(probability * barWidth))}`.trimEnd();
    })
    .join('\n');
}
