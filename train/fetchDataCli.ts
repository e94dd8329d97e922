/** npm run fetch-data: downloads the labelled Mars images into msl-images/. */
import { Command } from '@commander-js/extra-typings';
import { runCli } from '../dsl/cli.ts';
import { SPLITS } from './data/dataset.ts';
import { fetchMslImages } from './fetchData.ts';
import { TaskBar } from './progressBar.ts';

const command = new Command('fetch-data')
  .description('Downloads the labelled Mars images of the Curiosity rover (61 MB) from Zenodo.')
  .option('--directory <folder>', 'where to (default: msl-images/ in the project)')
  .option('--base-url <url>', 'the server that has the record', 'https://zenodo.org');

await runCli(async () => {
  command.parse();
  const bar = new TaskBar();
  try {
    const { dataset, downloaded } = await fetchMslImages({
      ...command.opts(),
      onProgress: (received, total) =>
        bar.update('fetching msl-images.zip', megabytes(received), megabytes(total), 'MB'),
    });
    bar.stop();
    const counts = SPLITS.map((split) => `${dataset.splits[split].length} ${split}`).join(', ');
    console.log(
      `${downloaded ? 'fetched' : 'already there'}: ${dataset.directory} (${counts}; ${dataset.classes.length} classes)`,
    );
  } finally {
    bar.stop();
  }
});

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
