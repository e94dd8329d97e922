/** npm run quantize: how models answer with float16 and int8 weights, beside what was kept. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { runCli } from '../../dsl/cli.ts';
import { AreographError } from '../../dsl/errors.ts';
import { readDataset } from '../data/dataset.ts';
import { locateDataset } from '../data/locate.ts';
import { percent, TaskBar } from '../progressBar.ts';
import { shownPath } from '../shownPath.ts';
import { environment } from '../start.ts';
import { writeTextAtomic } from '../writeFile.ts';
import {
  type Int8Model,
  type Int8Results,
  int8ResultsFile,
  int8ResultsFormat,
  leastAgreement,
  smallTypes,
  weightTypeFor,
} from './int8Results.ts';
import { measureModel } from './measureModel.ts';

const command = new Command('quantize')
  .description(
    'Measures on the val split what models answer with float16 and int8 weights, and keeps by how much it differs.',
  )
  .argument('[models]', 'folder of .onnx files of this project', join('results', 'mars', 'models'))
  .option('--data <dir>', 'the images that they were trained on (default: MSL_IMAGES or msl-images/)')
  .option('--out <file>', 'JSON with the figures', shownPath(int8ResultsFile));

await runCli(async () => {
  command.parse();
  const { data, out } = command.opts();
  const [folder] = command.processedArgs;
  const files = modelFiles(folder);
  const bar = new TaskBar();
  const { directory } = await locateDataset({
    data,
    onDraw: (done, total) => bar.update('drawing images', done, total),
  });
  const dataset = readDataset(directory);
  const models: Record<string, Int8Model> = {};
  try {
    for (const file of files) {
      const name = basename(file, '.onnx');
      const model = await measureModel(readFileSync(file), file, dataset, (task, done, total) =>
        bar.update(`${name}, ${task}`, done, total),
      );
      models[name] = model;
      bar.stop();
      report(name, model);
    }
  } finally {
    bar.stop();
  }
  const { name, fingerprint, synthetic, splits } = dataset;
  const results: Int8Results = {
    format: int8ResultsFormat,
    environment: environment(),
    data: { name, fingerprint, synthetic, split: 'val', images: splits.val.length },
    models,
  };
  mkdirSync(dirname(out), { recursive: true });
  writeTextAtomic(out, `${JSON.stringify(results, null, 2)}\n`);
  for (const file of files) {
    const name = basename(file, '.onnx');
    console.log(`${name}: ${weightTypeFor(results, name, readFileSync(file))}`);
  }
  console.log(
    `int8 where at least ${percent(leastAgreement)} keep their class; figures in ${shownPath(out)}`,
  );
});

/** In the order of their names. @throws AreographError 'model' if there are none */
function modelFiles(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.onnx')) : [];
  if (names.length > 0) return names.sort().map((name) => join(folder, name));
  throw new AreographError({
    code: 'model',
    where: folder,
    expected: 'a folder of .onnx files',
    found: existsSync(folder) ? 'none in it' : 'no such folder',
    next: 'Give the folder `models` of results that `npm run experiments` kept.',
  });
}

function report(name: string, { bytes, accuracy, weights }: Int8Model): void {
  console.log(`${name}, as kept: ${megabytes(bytes)}, accuracy ${percent(accuracy)}`);
  for (const type of smallTypes) {
    const { agreement, largestChange, ...stored } = weights[type];
    console.log(
      `  ${type}: ${megabytes(stored.bytes)}, accuracy ${percent(stored.accuracy)}; ` +
        `${(100 * agreement).toFixed(2)} % keep their class, a probability moves by up to ${largestChange.toFixed(4)}`,
    );
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
