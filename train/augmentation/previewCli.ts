/** npm run preview-augmentation -- --augment strong photo.jpg: what the network sees of an image. */
import { Command, Option } from '@commander-js/extra-typings';
import { number, positiveInteger, runCli } from '../../dsl/cli.ts';
import { stream } from '../../export/random.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { openPreprocessing } from '../preprocess.ts';
import { writeFileAtomic } from '../writeFile.ts';
import { augmented } from './augment.ts';
import { contactSheet } from './contactSheet.ts';
import { augmentationPresetNames, augmentationPresets } from './schema.ts';

const columns = 6;

const command = new Command('preview-augmentation')
  .description('Writes a sheet of an image as training sees it; the first is the image itself.')
  .argument('<image>', 'image file: JPEG, PNG, WebP, GIF, TIFF or AVIF')
  .addOption(
    new Option('--augment <preset>', 'how images are varied')
      .choices(augmentationPresetNames)
      .default('light' as const),
  )
  .option('--size <pixels>', 'height and width', positiveInteger, 128)
  .option('--count <n>', 'images on the sheet', positiveInteger, 4 * columns)
  .option('--seed <n>', 'decides every random number', number(Number.isSafeInteger, 'an integer'), 1)
  .option('--out <file>', 'PNG file', 'augmentation.png');

await runCli(async () => {
  command.parse();
  const [file] = command.processedArgs;
  const { augment: preset, size, count, seed, out } = command.opts();
  const shape = { height: size, width: size };
  const { preprocess } = await openPreprocessing(shape);
  const original = await preprocess(await decodeImage(file));
  const versions = Array.from({ length: count - 1 }, (_, i) =>
    augmented(original, shape, augmentationPresets[preset], stream(seed, 'preview', i)),
  );
  writeFileAtomic(out, [await contactSheet([original, ...versions], shape, Math.min(columns, count))]);
  console.log(`${out}: ${file}, then ${count - 1} times '${preset}', ${size}x${size}`);
});
