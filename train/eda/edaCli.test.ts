import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { namesBelow, temporaryFolder } from '../data/fixtures.ts';
import { drawColours, TrainProcess } from '../testing.ts';

function run(...args: readonly string[]) {
  const script = fileURLToPath(new URL('./edaCli.ts', import.meta.url));
  return new TrainProcess(process.execPath, ['--import', 'tsx', script, ...args]).finished;
}

it('writes the report where it is told to, prints the findings, and refuses what is no data set', async () => {
  const [data, out] = [temporaryFolder(), join(temporaryFolder(), 'a', 'report')];
  await drawColours(data, { train: 4, val: 2, test: 2 });
  const { code, output } = await run('--data', data, '--out', out, '--no-images');
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toContain('Always answering `blue`');
  for (const name of ['eda.html', 'eda.md', 'eda.json']) expect(output).toContain(join(out, name));
  expect(namesBelow(out).filter((name) => !name.startsWith('figures'))).toEqual([
    'eda.html',
    'eda.json',
    'eda.md',
  ]);

  const refused = await run('--data', join(data, 'nowhere'));
  expect(refused.code).toBe(1);
  expect(refused.output).toMatch(/^error: --data: expected the folder of a data set, found .* not there/);
});
