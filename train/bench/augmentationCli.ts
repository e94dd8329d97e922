/** npm run bench:augmentation: milliseconds that augmenting a batch takes on the host. */
import { cpus } from 'node:os';
import { Command } from '@commander-js/extra-typings';
import { positiveInteger, runCli } from '../../dsl/cli.ts';
import { stream } from '../../export/random.ts';
import { augmented } from '../augmentation/augment.ts';
import { augmentationPresetNames, augmentationPresets } from '../augmentation/schema.ts';

const command = new Command('bench:augmentation')
  .description(
    'Milliseconds that each preset takes on one core: the least and the median of several batches.',
  )
  .option('--size <pixels>', 'height and width', positiveInteger, 128)
  .option('--batch <n>', 'images in a step', positiveInteger, 32)
  .option('--runs <n>', 'batches of each', positiveInteger, 30);

await runCli(async () => {
  command.parse();
  const { size, batch, runs } = command.opts();
  console.log(`${batch} images of ${size}x${size}, ${cpus()[0]?.model}`);
  const images = Uint8Array.from({ length: batch * size * size * 3 }, (_, i) => (i * 7919) >> 5);
  for (const preset of augmentationPresetNames) {
    const times = Array.from({ length: runs }, (_, run) => {
      const began = performance.now();
      augmented(
        images,
        { height: size, width: size },
        augmentationPresets[preset],
        stream(1, 'augmentation', run),
      );
      return performance.now() - began;
    }).sort((a, b) => a - b);
    console.log(
      `${preset.padEnd(8)} ${times[0]?.toFixed(1)} .. ${times[Math.floor(runs / 2)]?.toFixed(1)} ms`,
    );
  }
});
