/** npm run quickstart: trains briefly, evaluates, exports, classifies one image, and says what to type next. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../dsl/cli.ts';
import { readDataset } from './data/dataset.ts';
import { locateDataset } from './data/locate.ts';
import { shownPath } from './shownPath.ts';

/** Enough to see it learn, in under two minutes on 2 cores; the drawings are few, so they are seen more often. */
const plan = {
  photographs: ['--size', '64', '--epochs', '3'],
  drawings: ['--size', '64', '--epochs', '12', '--batch', '16'],
} as const;

await runCli(async () => {
  const { directory, source } = await locateDataset();
  const { synthetic, splits, classes } = readDataset(directory);
  if (source === 'synthetic') {
    console.log(
      'No Mars images found (MSL_IMAGES, msl-images/), so this trains on drawings; `npm run fetch-data` downloads the images.\n',
    );
  }
  const out = join('runs', `quickstart-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`);
  run('train', 'train/trainCli.ts', [
    'cnn3x3',
    ...plan[synthetic ? 'drawings' : 'photographs'],
    '--data',
    directory,
    '--out',
    out,
  ]);

  if (!synthetic) {
    console.log(
      'Val and test are later Martian days than train, with other instruments and subjects: a short training\n' +
        'generalises poorly to them.\n',
    );
  }
  const [example] = splits.test;
  if (example === undefined) throw new Error('a data set has test images');
  run('classify', 'serve/classifyCli.ts', ['--model', join(out, 'model.onnx'), shownPath(example.file)]);
  console.log(`(labelled '${classes[example.label]}')

What next?
  npm run serve -- --model ${join(out, 'model.onnx')}
                                       answers images on http://127.0.0.1:8080/classify
  npm run train -- cnn3x3 --epochs 10  trains longer, at 128x128
  npm run build-graph -- cnn7x7        compiles a network and shows its layers`);
});

/** Runs one of the project's commands as the user would type it. */
function run(script: string, file: string, args: readonly string[]): void {
  console.log(
    `$ npm run ${script} -- ${args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)).join(' ')}`,
  );
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', path, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  console.log();
}
