/** npm run eda: what is in a data set, as a report. */
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { runCli } from '../../dsl/cli.ts';
import { readDataset } from '../data/dataset.ts';
import { locateDataset } from '../data/locate.ts';
import { TaskBar } from '../progressBar.ts';
import { shownPath } from '../shownPath.ts';
import { explore } from './explore.ts';
import { findings } from './findings.ts';

const command = new Command('eda')
  .description(
    'Explores a data set: classes, files, sols, brightness, near-duplicates, shift between splits.',
  )
  .option('--data <folder>', "the data set (default: as 'train' finds it)")
  .option('--out <folder>', 'where the report goes', 'reports/eda')
  .option('--no-images', "leave out the figures that show the data set's images");

await runCli(async () => {
  command.parse();
  const { data, out, images } = command.opts();
  const bar = new TaskBar();
  try {
    const { directory } = await locateDataset({
      data,
      onDraw: (done, total) => bar.update('drawing a synthetic set', done, total),
    });
    const dataset = readDataset(directory);
    bar.stop();
    console.log(`data: ${dataset.name} (${shownPath(directory)})`);
    const eda = await explore(dataset, {
      out,
      images,
      onProgress: (done, total) => bar.update('reading images', done, total),
    });
    bar.stop();
    for (const finding of findings(eda)) console.log(`- ${finding}`);
    for (const file of ['eda.html', 'eda.md', 'eda.json']) console.log(shownPath(join(out, file)));
  } finally {
    bar.stop();
  }
});
