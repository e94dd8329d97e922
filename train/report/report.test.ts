/** The report, from results alone; the committed one again. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../data/fixtures.ts';
import { projectRoot } from '../data/projectRoot.ts';
import { ResultsFolder, readStudyResults } from '../experiments/studyResults.ts';
import { TrainProcess } from '../testing.ts';
import { fakeResults } from './testing/fakeResults.ts';
import { writeReport } from './writeReport.ts';

const reported = z.object({ measures: z.array(z.object({ variant: z.string(), seed: z.int() })) });

const committed = join(projectRoot, 'results', 'mars');

describe('the committed report', () => {
  it('comes from the committed results, to the last digit', async () => {
    const out = temporaryFolder();
    const before = join(committed, 'report');
    // Whoever goes on with the study has more results than the report was written from.
    const { measures } = reported.parse(JSON.parse(readFileSync(join(before, 'report.json'), 'utf8')));
    const study = readStudyResults(committed);
    const results = study.results.filter((result) =>
      measures.some(({ variant, seed }) => variant === result.variant && seed === result.seed),
    );
    expect(results.length).toBeGreaterThanOrEqual(17);
    await writeReport({ results: committed, study: { ...study, results }, images: undefined, out });
    for (const file of ['report.md', 'report.json']) {
      expect(readFileSync(join(out, file), 'utf8')).toBe(readFileSync(join(before, file), 'utf8'));
    }
    const figures = readdirSync(join(out, 'figures')).sort();
    expect(figures).toEqual(readdirSync(join(before, 'figures')).sort());
    for (const file of figures) {
      const [now, then] = [out, before].map((folder) => readFileSync(join(folder, 'figures', file), 'utf8'));
      // Receptive fields come from running the networks: their last bits are the machine's.
      if (!file.startsWith('07e') && !file.startsWith('07f')) expect(now).toBe(then);
    }
  });

  it('shows no image of the data set', () => {
    const figures = readdirSync(join(committed, 'report', 'figures'));
    expect(figures.filter((file) => /^(02|03|07d)/.test(file))).toEqual([]);
  });
});

describe('npm run report', () => {
  const command = fileURLToPath(new URL('./reportCli.ts', import.meta.url));
  const run = (...args: readonly string[]) =>
    new TrainProcess(process.execPath, ['--import', 'tsx', command, ...args]).finished;

  /** As `npm run experiments` leaves them. */
  function fakeFolder(): string {
    const folder = new ResultsFolder(temporaryFolder());
    mkdirSync(folder.runs, { recursive: true });
    writeFileSync(folder.studyFile, JSON.stringify(fakeResults.study));
    writeFileSync(folder.datasetFile, JSON.stringify(fakeResults.dataset));
    for (const result of fakeResults.results) {
      writeFileSync(folder.runFile(result.variant, result.seed), JSON.stringify(result));
    }
    return folder.directory;
  }

  it('writes all from a folder of results, without models, and without images that are others', async () => {
    const results = fakeFolder();
    const out = join(results, 'report');
    const { code, output } = await run(results, '--out', out);
    expect(output).toContain('figures that show images are left out');
    expect(code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['figures', 'report.html', 'report.json', 'report.md']);
    const text = readFileSync(join(out, 'report.md'), 'utf8');
    for (const { question } of fakeResults.study.experiments) expect(text).toContain(question);
    expect(text).not.toContain('undefined');
    expect(text).not.toContain('NaN');
  });

  it('says what is missing', async () => {
    const { code, output } = await run(temporaryFolder());
    expect(code).toBe(1);
    expect(output).toContain('npm run experiments');
    const results = fakeFolder();
    writeFileSync(join(results, 'study.json'), '{"format":9}');
    expect((await run(results, '--no-images')).output).toContain('format 9');
    writeFileSync(join(results, 'study.json'), '{"format":1}');
    expect((await run(results, '--no-images')).output).toContain('study.json');
  });
});
