/** Without decimals, as `97 %`. */
export function wholePercent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** With one decimal, as `97.0 %`. */
export function percent(probability: number): string {
  return `${(100 * probability).toFixed(1)} %`;
}
