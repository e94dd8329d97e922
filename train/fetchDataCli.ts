import { Command } from '@commander-js/extra-typings';
import { SingleBar } from 'cli-progress';
import { AreographError } from '../dsl/errors.ts';
import { SPLITS } from './data/dataset.ts';
import { fetchMslImages } from './fetchData.ts';

const command = new Command('fetch-data')
  .description('Download the labelled Mars images of the Curiosity rover (61 MB) from Zenodo.')
  .option('--directory <folder>', 'where to (default: msl-images/ in the project)')
  .option('--base-url <url>', 'the server that has the record', 'https://zenodo.org')
  .parse();
const options = command.opts();

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
const bar = new SingleBar({
  format: 'msl-images.zip [{bar}] {value}/{total} MB, {eta_formatted} left',
  hideCursor: true,
});
let started = false;

try {
  const { dataset, downloaded } = await fetchMslImages({
    ...options,
    onProgress: (received, total) => {
      if (!started) bar.start(megabytes(total), megabytes(received));
      started = true;
      bar.update(megabytes(received));
    },
  });
  bar.stop();
  const counts = SPLITS.map((split) => `${dataset.splits[split].length} ${split}`).join(', ');
  console.log(
    `${downloaded ? 'Fetched' : 'Already there'}: ${dataset.directory} (${counts}; ${dataset.classes.length} classes)`,
  );
} catch (error) {
  bar.stop();
  if (!(error instanceof AreographError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
