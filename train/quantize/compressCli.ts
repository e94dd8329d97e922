/** npm run compress: a model with its weights in fewer bits, and computing in int8: size, accuracy and latency. */
import { mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { positiveInteger, runCli } from '../../dsl/cli.ts';
import { readModelSource } from '../../runtime/modelSource.ts';
import { readDataset } from '../data/dataset.ts';
import { locateDataset } from '../data/locate.ts';
import { percent, TaskBar } from '../progressBar.ts';
import { shownPath } from '../shownPath.ts';
import { writeFileAtomic, writeTextAtomic } from '../writeFile.ts';
import { compress } from './compress.ts';
import type { CompressResults } from './compressResults.ts';

const command = new Command('compress')
  .description(
    'Makes a model smaller, with float16 weights, with int8 weights and computing in int8, and measures each form.',
  )
  .argument('<model>', 'a .onnx file of this project')
  .requiredOption('--out <file>', 'JSON with the figures')
  .option('--save <dir>', 'folder for the files that were measured')
  .option('--data <dir>', 'the images that it was trained on (default: MSL_IMAGES or msl-images/)')
  .option('--rounds <n>', 'turns of each form when they are timed', positiveInteger, 30);

/** Said of a disk that is full. */
const again = 'Make room, then run the command again.';

await runCli(async () => {
  command.parse();
  const { out, save, data, rounds } = command.opts();
  const [file] = command.processedArgs;
  const { bytes } = await readModelSource(file);
  const bar = new TaskBar();
  try {
    const { directory } = await locateDataset({
      data,
      onDraw: (done, total) => bar.update('drawing images', done, total),
    });
    const { results, files } = await compress(
      bytes,
      file,
      readDataset(directory),
      rounds,
      (task, done, total) => bar.update(task, done, total),
    );
    bar.stop();
    mkdirSync(dirname(out), { recursive: true });
    writeTextAtomic(out, `${JSON.stringify(results, null, 2)}\n`);
    if (save !== undefined) {
      mkdirSync(save, { recursive: true });
      for (const [form, saved] of files) {
        writeFileAtomic(join(save, `${basename(file, '.onnx')}.${form}.onnx`), [saved], again);
      }
    }
    report(results);
    console.log(`figures in ${shownPath(out)}`);
  } finally {
    bar.stop();
  }
});

function report({ rows, calibration: { chosen, images } }: CompressResults): void {
  const kept = chosen.float32.length === 0 ? 'none' : chosen.float32.join(' and ');
  console.log(
    `int8-static: ranges of ${chosen.share * 100} % of each activation on ${images} images of val; in float32: ${kept}`,
  );
  console.log('weights            MB     val    test  agreement  ms of one image, and of 16, on one thread');
  for (const { weights, bytes, val, test, agreement, latencyMs } of rows) {
    const times = [latencyMs.one, latencyMs.sixteen].map(
      ({ median, ratio }) => `${median.toFixed(2)} (${ratio.toFixed(2)})`,
    );
    console.log(
      [
        weights.padEnd(14),
        (bytes / 1e6).toFixed(2).padStart(6),
        percent(val).padStart(7),
        percent(test).padStart(7),
        percent(agreement).padStart(10),
        ...times.map((time) => time.padStart(14)),
      ].join(' '),
    );
  }
}
