/** npm run report -- results/mars */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { runCli } from '../../dsl/cli.ts';
import { AreographError } from '../../dsl/errors.ts';
import { type Dataset, readDataset } from '../data/dataset.ts';
import { locateDataset } from '../data/locate.ts';
import { readStudyResults, type StudyResults } from '../experiments/studyResults.ts';
import { shownPath } from '../shownPath.ts';
import { writeReport } from './writeReport.ts';

const command = new Command('report')
  .description('Writes the report on a study from its kept results; trains nothing.')
  .argument('[results]', 'folder of the results (default: the newest in results/)')
  .option('--out <dir>', 'where the report goes (default: reports/NAME)')
  .option('--data <dir>', 'images, for the figures that show some (default: MSL_IMAGES or msl-images/)')
  .option('--no-images', "leave out the figures that show the data set's images");

await runCli(async () => {
  command.parse();
  const { out, data, images: wanted } = command.opts();
  const [results = newestResults()] = command.processedArgs;
  const folder = out ?? join('reports', basename(resolve(results)));
  const study = readStudyResults(results, (file) =>
    console.log(`${shownPath(file)} cannot be read, and counts as not run`),
  );
  const { runs } = await writeReport({
    results,
    study,
    images: wanted ? await imagesOf(study, data) : undefined,
    out: folder,
  });
  console.log(
    `${study.study.title}: ${runs.done} of ${runs.declared} runs, from ${shownPath(resolve(results))}`,
  );
  for (const file of ['report.html', 'report.md', 'report.json'])
    console.log(shownPath(resolve(folder, file)));
});

/** Of the studies in results/, the one that had a run last. */
function newestResults(): string {
  const studies = existsSync('results')
    ? readdirSync('results')
        .map((name) => join('results', name))
        .filter((folder) => existsSync(join(folder, 'study.json')))
    : [];
  const [newest] = studies.sort((a, b) => lastRun(b) - lastRun(a));
  if (newest !== undefined) return newest;
  throw new AreographError({
    code: 'run',
    where: resolve('results'),
    expected: 'the results of a study',
    found: 'none',
    next: 'Run `npm run experiments -- --quick` first.',
  });
}

function lastRun(folder: string): number {
  const runs = join(folder, 'runs');
  const times = existsSync(runs) ? readdirSync(runs).map((name) => statSync(join(runs, name)).mtimeMs) : [];
  return Math.max(0, ...times);
}

/** The images of the study, if they are the ones that are here; others would show what was not trained on. */
async function imagesOf({ dataset }: StudyResults, data: string | undefined): Promise<Dataset | undefined> {
  const why = await (async () => {
    try {
      const { directory } = await locateDataset({ data });
      const found = readDataset(directory);
      if (found.fingerprint === dataset.fingerprint) return found;
      return `${shownPath(directory)} has others (fingerprint ${found.fingerprint.slice(0, 12)}) than the study (${dataset.fingerprint.slice(0, 12)})`;
    } catch (error) {
      if (error instanceof AreographError && error.code === 'dataset') return error.message;
      throw error;
    }
  })();
  if (typeof why !== 'string') return why;
  console.log(`figures that show images are left out: ${why}`);
  return undefined;
}
