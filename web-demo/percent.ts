/** With one decimal, as `97.0 %`. */
export function percent(probability: number): string {
  return `${(100 * probability).toFixed(1)} %`;
}
