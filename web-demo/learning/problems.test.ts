import { describe, expect, it } from 'vitest';
import { problemsOf } from './problems.ts';

const learned = { heldBack: false };
const three = [learned, learned, learned];

describe('what keeps a training from starting', () => {
  it('is nothing where two classes have names and images', () => {
    expect(
      problemsOf([
        { name: 'wheel', images: three },
        { name: 'drill', images: [learned, learned] },
      ]),
    ).toEqual([]);
  });

  it('is said of each class, by its name or its place', () => {
    expect(
      problemsOf([
        { name: 'wheel', images: [] },
        { name: '', images: [learned, { heldBack: true }, { heldBack: true }] },
        { name: ' wheel ', images: three },
      ]),
    ).toEqual([
      'Give every class a name.',
      'Two classes are called “wheel”: rename one.',
      'Give “wheel” at least 2 images; ten or more work better.',
      'Give class number 2 at least 1 more; ten or more work better.',
    ]);
  });

  it('is a class that is alone, or none', () => {
    const lonely = 'Add a second class: with one there is nothing to tell apart.';
    expect(problemsOf([{ name: 'wheel', images: three }])).toEqual([lonely]);
    expect(problemsOf([])).toEqual([lonely]);
  });
});
