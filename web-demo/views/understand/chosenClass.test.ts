import { expect, it } from 'vitest';
import { explained } from '../../state.ts';
import { chosenClass } from './chosenClass.ts';

const rover = { classes: ['ground', 'sun', 'horizon'], probabilities: Float32Array.of(0.2, 0.7, 0.1) };
const made = { classes: ['wheel', 'horizon'], probabilities: Float32Array.of(0.9, 0.1) };

it('is the class that was clicked, whichever model it was clicked at, and else the most probable one', () => {
  explained.value = undefined;
  expect(chosenClass([])).toBeUndefined();
  expect(chosenClass([rover, made])).toBe('sun');
  // Of places in the lists the second would be the sun.
  explained.value = 'horizon';
  expect(chosenClass([rover, made])).toBe('horizon');
  explained.value = 'wheel';
  expect(chosenClass([rover, made])).toBe('wheel');
  expect(chosenClass([rover])).toBe('sun');
});
