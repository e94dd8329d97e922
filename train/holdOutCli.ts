/** npm run hold-out -- --until-sol 70 --out runs/early-images */
import { Command } from '@commander-js/extra-typings';
import { positiveInteger, runCli } from '../dsl/cli.ts';
import { writeHoldOut } from './data/holdOut.ts';
import { locateDataset } from './data/locate.ts';

const command = new Command('hold-out')
  .description(
    'Makes a data set of the early days of train, with the later ones and val in place of test, to choose recipes on: npm run train -- --data DIR. The images of test have no part in it.',
  )
  .requiredOption('--until-sol <sol>', 'the last Martian day that is trained on', positiveInteger)
  .requiredOption('--out <folder>', 'where to; it holds lists, and links to the images')
  .option('--data <dir>', 'the Mars images (default: those that train takes)');

await runCli(async () => {
  command.parse();
  const { untilSol, out, data } = command.opts();
  const { directory } = await locateDataset({ data });
  const { train, val, test } = writeHoldOut(directory, untilSol, out);
  console.log(
    `${out}: ${train} train images, to sol ${untilSol}; ${val} val and ${test} test images, after it`,
  );
});
