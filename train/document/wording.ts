/** Numbers and lists as the report's sentences have them. */

/** 2343 as '2,343'. */
export function whole(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** '1 image', '2,343 images'. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** With two digits after the point, and a minus sign where there is one. */
export function decimal(value: number): string {
  const text = value.toFixed(2);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

/** 'a, b and c'. */
export function listed(items: readonly string[], word: 'and' | 'or' = 'and'): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`;
}

/** As Markdown shows code, such as a class's name. */
export function code(name: string): string {
  return `\`${name.replaceAll('`', "'")}\``;
}
