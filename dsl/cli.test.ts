import { afterEach, expect, it, vi } from 'vitest';
import { runCli } from './cli.ts';
import { AreographError } from './errors.ts';

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

it('says what the user can put right in one line, and keeps the stack of a defect', async () => {
  const written = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const problem = {
    code: 'option',
    where: '--port',
    expected: 'a number',
    found: 'x',
    next: 'Give one.',
  } as const;
  await runCli(() => Promise.reject(new AreographError(problem)));
  expect(written).toHaveBeenLastCalledWith('error: --port: expected a number, found x. Give one.');
  expect(process.exitCode).toBe(1);

  const defect = new Error('a defect');
  await runCli(() => Promise.reject(defect));
  expect(written).toHaveBeenLastCalledWith(defect);
});

it('leaves the exit code of what succeeds', async () => {
  await runCli(() => Promise.resolve());
  expect(process.exitCode).toBeUndefined();
});
