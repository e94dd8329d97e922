import { expect, it } from 'vitest';
import { Latest } from './latest.ts';

/** Tasks that end when they are told to, and what began. */
function tasks() {
  const began: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const task = (name: string) => () => {
    began.push(name);
    return new Promise<void>((resolve, reject) => {
      ends.set(name, (error) => (error === undefined ? resolve() : reject(error)));
    });
  };
  const end = async (name: string, error?: Error) => {
    ends.get(name)?.(error);
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { began, task, end };
}

it('does one at a time, and of those asked for meanwhile the newest', async () => {
  const { began, task, end } = tasks();
  const latest = new Latest(() => {});
  for (const name of ['a', 'b', 'c']) latest.ask(task(name));
  expect(began).toEqual(['a']);
  await end('a');
  expect(began).toEqual(['a', 'c']);
  await end('c');
  latest.ask(task('d'));
  latest.ask(task('e'));
  latest.drop();
  await end('d');
  expect(began).toEqual(['a', 'c', 'd']);
});

it('tells of one that failed, and goes on', async () => {
  const failures: unknown[] = [];
  const latest = new Latest((error) => failures.push(error));
  const { began, task, end } = tasks();
  latest.ask(task('a'));
  latest.ask(task('b'));
  await end('a', new Error('no'));
  expect(failures).toEqual([new Error('no')]);
  expect(began).toEqual(['a', 'b']);
});
