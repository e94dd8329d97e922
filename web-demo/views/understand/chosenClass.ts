/** Which class is asked about. */
import { effect } from '@preact/signals';
import { rank } from '../../../runtime/classification.ts';
import { current, explained } from '../../state.ts';
import type { Answer } from './useAnswers.ts';

// Each image is first asked about what it most probably shows.
effect(() => {
  current.value;
  explained.value = undefined;
});

/** The class that was clicked, if one of the models knows it, or else the one that the first finds most probable. */
export function chosenClass(
  answers: readonly Pick<Answer, 'classes' | 'probabilities'>[],
): string | undefined {
  const [first] = answers;
  const clicked = explained.value;
  if (first === undefined) return undefined;
  if (clicked !== undefined && answers.some(({ classes }) => classes.includes(clicked))) return clicked;
  return rank(first.classes, first.probabilities)[0]?.class;
}
