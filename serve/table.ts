import type { Score } from '../runtime/classification.ts';

const barWidth = 30;

/** Scores as aligned lines: class, percentage, and a bar that is {@link barWidth} characters long at 100 %. */
export function table(scores: readonly Score[]): string {
  const width = Math.max(...scores.map((score) => score.class.length));
  return scores
    .map(({ class: name, probability }) => {
      const bar = '█'.repeat(Math.round(probability * barWidth));
      return `  ${name.padEnd(width)}  ${percent(probability).padStart(7)}  ${bar}`.trimEnd();
    })
    .join('\n');
}

/** With one decimal, as `97.0 %`. */
export function percent(probability: number): string {
  return `${(probability * 100).toFixed(1)} %`;
}
