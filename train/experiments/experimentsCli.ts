/** npm run experiments -- train/experiments/studies/mars.ts */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from '@commander-js/extra-typings';
import { closest } from 'fastest-levenshtein';
import { positiveInteger, runCli } from '../../dsl/cli.ts';
import { AreographError } from '../../dsl/errors.ts';
import { chooseDevice, devices } from '../../runtime/session.ts';
import { readDataset } from '../data/dataset.ts';
import { locateDataset } from '../data/locate.ts';
import { TaskBar } from '../progressBar.ts';
import { shownPath } from '../shownPath.ts';
import { openResults, runKey, writeDeclaration } from './openResults.ts';
import { planRuns } from './plan.ts';
import { runStudy } from './runStudy.ts';
import { readStudy, type Study } from './study.ts';

const studies = fileURLToPath(new URL('./studies/', import.meta.url));

const command = new Command('experiments')
  .description(
    'Trains the variants of a declared study, each with several seeds, and keeps what they came to.',
  )
  .argument('[study]', 'TypeScript file that exports a study (default: the study of the Mars images)')
  .option('--quick', 'a small study of a few minutes, to see how it works')
  .option('--only <experiments...>', 'names of the experiments to do')
  .option('--list', 'say what is done and what is not, and train nothing')
  .option('--data <dir>', 'images (default: MSL_IMAGES, msl-images/, or drawings)')
  .option('--out <dir>', "folder of the results (default: results/NAME, by the study's name)")
  .addOption(
    new Option('--device <name>', 'where to compute (default: the best that is there)').choices(devices),
  )
  .option('--threads <n>', 'threads for one operator (default: one per core)', positiveInteger);

await runCli(async () => {
  command.parse();
  const { quick = false, only, list = false, data, out, device: wanted, threads } = command.opts();
  const [given] = command.processedArgs;
  if (quick && given !== undefined) {
    throw new AreographError({
      code: 'option',
      where: '--quick',
      expected: 'no study beside it: it is one itself',
      found: given,
      next: 'Leave out one of the two.',
    });
  }
  const file = given ?? join(studies, quick ? 'quick.ts' : 'mars.ts');
  const study = await readStudy(file);
  const experiments = only === undefined ? study.experiments : only.map((name) => named(name, study));

  const bar = new TaskBar();
  const { directory } = await locateDataset({
    data,
    onDraw: (done, total) => bar.update('drawing images', done, total),
  });
  bar.stop();
  const dataset = readDataset(directory);
  const declared = planRuns(study, dataset.classes.length);
  const planned = planRuns({ ...study, experiments }, dataset.classes.length);
  const device = await chooseDevice(wanted);
  const results = await openResults(out ?? join('results', study.name), study, declared, dataset, device);
  for (const note of results.notes) console.log(note);

  const folder = shownPath(results.folder.directory);
  const missing = planned.filter((run) => !results.done.has(runKey(run)));
  console.log(
    `${study.title}: ${planned.length} runs of ${new Set(planned.map(({ variant }) => variant)).size} variants on ${dataset.name}, ${missing.length} to do; results in ${folder}`,
  );
  if (dataset.synthetic) console.log('These are drawings, not photographs: results say nothing about Mars.');
  if (list) {
    for (const run of planned) {
      console.log(
        `${results.done.has(runKey(run)) ? 'done   ' : 'not run'} ${run.variant}, seed ${run.seed}`,
      );
    }
    return;
  }

  writeDeclaration(results.folder, study, declared, dataset);
  const controller = new AbortController();
  const stop = () => {
    // A second Ctrl-C ends at once: what was saved before stays.
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    console.error('stopping after this chunk (Ctrl-C again ends at once)');
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const { finished, failed } = await runStudy({
    planned,
    results,
    keep: study.keep,
    dataset,
    work: join('runs', 'experiments', study.name),
    machine: { device, threads },
    signal: controller.signal,
  });
  process.off('SIGINT', stop).off('SIGTERM', stop);
  if (failed.length > 0) {
    console.error(`${failed.length} runs failed:`);
    for (const failure of failed) console.error(`  ${failure}`);
    process.exitCode = 1;
  }
  const count = failed.length === 0 ? `all ${planned.length} runs are` : 'the other runs are';
  console.log(
    finished
      ? `${count} done; \`npm run report -- ${folder}\` shows what they say`
      : 'stopped; the same command goes on from here',
  );
});

function named(name: string, { experiments }: Study) {
  const found = experiments.find((experiment) => experiment.name === name);
  if (found !== undefined) return found;
  const known = experiments.map((experiment) => experiment.name);
  throw new AreographError({
    code: 'name',
    where: '--only',
    expected: `experiments of the study: ${known.join(', ')}`,
    found: name,
    next: `Did you mean ${closest(name, known)}?`,
  });
}
