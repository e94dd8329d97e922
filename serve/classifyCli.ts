/** `npm run classify -- photo.jpg`: what a trained model sees in image files. */
import { relative } from 'node:path';
import { Command, Option } from '@commander-js/extra-typings';
import { probability, runCli } from '../dsl/cli.ts';
import { AreographError } from '../dsl/errors.ts';
import { loadClassifier } from '../runtime/classifier.ts';
import { defaultModel } from '../runtime/defaultModel.ts';
import { isImageError } from '../runtime/image.ts';
import type { OutOfDistribution } from '../runtime/outOfDistribution.ts';
import { devices } from '../runtime/session.ts';
import { defaults } from './appOptions.ts';
import { explainFile, predictFile } from './classifyFile.ts';
import { findModel } from './modelFiles.ts';
import { problemOf } from './problem.ts';
import { type Answer, type Result, type Results, toAnswer } from './results.ts';
import { percent, table } from './table.ts';

const command = new Command('classify')
  .description('Classifies images with a trained model.')
  .argument('<images...>', 'image files: JPEG, PNG, WebP, GIF, TIFF or AVIF')
  .option('--model <file>', 'model file (default: the one that ships with the project)')
  .addOption(new Option('--device <name>', 'what computes').choices(devices).default('cpu' as const))
  .option('--threshold <probability>', 'below which an answer abstains', probability, defaults.threshold)
  .option('--explain <file>', 'write the image as a PNG that shows where its class was seen')
  .option('--json', 'print every class, as the server answers');

await runCli(async () => {
  command.parse();
  const [files] = command.processedArgs;
  const { model = relative('', defaultModel), device, threshold, explain, json } = command.opts();
  if (explain !== undefined) requireOne(files);
  const classifier = await loadClassifier(model, { device });
  const { description } = classifier;
  const { name, classes, provenance } = description;
  const drawn = provenance['synthetic'] === true ? ', trained on drawings' : '';
  if (!json) console.log(`${name} (${model}${drawn})`);

  const results: Result[] = [];
  for (const file of files) {
    try {
      const started = performance.now();
      const { image, prediction } = await predictFile(classifier, file);
      const total = performance.now() - started;
      const answer = { file, ...toAnswer(description, prediction, total, { topK: undefined, threshold }) };
      results.push(answer);
      if (!json) console.log(`\n${described(answer)}`);
      if (explain !== undefined)
        await explainFile(classifier, image, classes.indexOf(answer.top.class), explain);
    } catch (error) {
      // A file that is no image is named, and the others are still classified. Any other error ends the command.
      if (!isImageError(error)) throw error;
      results.push({ file, error: problemOf(error) });
      console.error(`error: ${error.message}`);
      process.exitCode = 1;
    }
  }
  if (json) {
    const { name, version } = await findModel(model);
    console.log(JSON.stringify({ model: { name, version }, results } satisfies Results, null, 2));
  }
});

function described({ file, classes, abstained, threshold, outOfDistribution, milliseconds }: Answer): string {
  const unsure = abstained ? `; unsure: under ${percent(threshold)}` : '';
  const unlike = outOfDistribution?.detected ? [unlikeTraining(outOfDistribution)] : [];
  return [`${file} (${milliseconds.total} ms${unsure})`, ...unlike, table(classes.slice(0, 5))].join('\n');
}

function unlikeTraining({ energy, threshold }: OutOfDistribution): string {
  return `  unlike the images of training: energy ${energy.toFixed(2)}, threshold ${threshold.toFixed(2)}`;
}

function requireOne(files: readonly string[]): void {
  if (files.length === 1) return;
  throw new AreographError({
    code: 'option',
    where: '--explain',
    expected: 'one image',
    found: String(files.length),
    next: 'Explain one after the other.',
  });
}
