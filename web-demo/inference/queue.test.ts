import { expect, it } from 'vitest';
import { Queue } from './queue.ts';

it('begins a task once the one before has ended, well or not', async () => {
  const queue = new Queue();
  const events: string[] = [];
  const task = (name: string, milliseconds: number) => async () => {
    events.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    events.push(`${name} ends`);
    if (name === 'b') throw new Error('no');
    return name;
  };
  const answers = await Promise.allSettled([
    queue.run(task('a', 20)),
    queue.run(task('b', 5)),
    queue.run(task('c', 0)),
  ]);
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
