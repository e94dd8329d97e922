import { expect, it } from 'vitest';
import { parseJson } from './json.ts';

const parse = (text: string) => parseJson(new TextEncoder().encode(text), 'an order', 1000);

it('reads JSON, with any number of characters in a text', () => {
  expect(parse(' {"a": [1, "b"]} ')).toEqual({ a: [1, 'b'] });
  expect(parse(JSON.stringify({ image: 'A'.repeat(4e6) }))).toHaveProperty('image.length', 4e6);
});

it('says what is wrong with other text', () => {
  expect(() => parse('{"a":')).toThrow(/Expected an order, found a mistake: Unexpected end/);
  expect(() => parseJson(Uint8Array.of(34, 255, 34), 'an order', 1000)).toThrow(/no UTF-8/);
});

it.each([
  ['objects', `[${'{},'.repeat(500)}{}]`],
  ['brackets', '['.repeat(1001)],
  ['numbers', `[${'1,'.repeat(1000)}1]`],
  ['members', `{${Array.from({ length: 91 }, (_, i) => `"${i}":1`)}}`],
])('refuses too many %s before it parses them', (_, text) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'body-too-large' }));
});
