/** Numbers as the report words them. */
import type { Summary } from '../experiments/statistics.ts';
import type { JudgedDifference } from './numbers.ts';

/** Mean and standard deviation over seeds in percent: '53.5 ± 1.2'; of one seed '53.5', of none '-'. */
export function spreadText(summary: Summary | null): string {
  if (summary === null) return '-';
  const { mean, deviation } = summary;
  return deviation === null ? pointsOf(mean) : `${pointsOf(mean)} ± ${pointsOf(deviation)}`;
}

/** 95 % confidence interval of the mean over seeds. */
export function intervalText(summary: Summary | null): string {
  return summary?.interval ? `${pointsOf(summary.interval.low)} to ${pointsOf(summary.interval.high)}` : '-';
}

/** In percentage points, with its sign: '+13.1'. */
export function signedPoints(share: number): string {
  const text = pointsOf(share);
  return text === '0.0' || text === '-0.0' ? '0.0' : share > 0 ? `+${text}` : text.replace('-', '−');
}

export function rangeText({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${signedPoints(low)} to ${signedPoints(high)}`;
}

/** '+13.1 points (95 %: +9.9 to +16.4)', by Martian day. */
export function differenceText({ estimate, bySol }: JudgedDifference): string {
  return `${signedPoints(estimate)} points (95 %: ${rangeText(bySol)})`;
}

/** 1,574,000 as '1.57 M'. */
export function millions(count: number): string {
  return `${(count / 1e6).toFixed(2)} M`;
}

/** Of figures that share a number: 'a' for the first. */
export function letter(index: number): string {
  return String.fromCodePoint(97 + index);
}

/** A share in percent, without the sign of it: '53.5'. */
export function pointsOf(share: number): string {
  return (100 * share).toFixed(1);
}
