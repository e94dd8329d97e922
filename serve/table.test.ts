import { expect, it } from 'vitest';
import { table } from './table.ts';

it('aligns names and percentages, and draws bars to scale', () => {
  const scores = [
    { class: 'drill holes', probability: 0.5 },
    { class: 'sun', probability: 0.0999 },
    { class: 'wheel', probability: 0.001 },
  ];
  expect(table(scores)).toBe(
    [
      `  drill holes   50.0 %  ${'█'.repeat(15)}`, //
      `  sun           10.0 %  ███`,
      `  wheel          0.1 %`,
    ].join('\n'),
  );
});
