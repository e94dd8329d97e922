/** `npm run classify -- photo.jpg`: what a trained model sees in image files. */
import { Command, Option } from '@commander-js/extra-typings';
import { runCli } from '../dsl/cli.ts';
import { AreographError } from '../dsl/errors.ts';
import { loadClassifier } from '../runtime/classifier.ts';
import { latestModel } from '../runtime/latestModel.ts';
import { devices } from '../runtime/session.ts';
import { classifyImage } from './classifyImage.ts';
import { type Result, type Results, settle } from './results.ts';
import { table } from './table.ts';

const command = new Command('classify')
  .description('Classifies images with a trained model.')
  .argument('<images...>', 'image files: JPEG, PNG, WebP, GIF, TIFF or AVIF')
  .option('--model <file>', 'model file (default: the newest runs/*/model.onnx)')
  .addOption(new Option('--device <name>', 'what computes').choices(devices).default('cpu' as const))
  .option('--json', 'print every class, as the server answers');

await runCli(async () => {
  command.parse();
  const [files] = command.processedArgs;
  const { model, device, json } = command.opts();
  const modelFile = model ?? (await latestModel());
  const classifier = await loadClassifier(modelFile, { device });
  const { name, provenance } = classifier.metadata;
  const drawn = provenance['synthetic'] === true ? ', trained on drawings' : '';
  if (!json) console.log(`${name} (${modelFile}${drawn})`);

  const results: Result[] = [];
  for (const file of files) {
    const result = await settle(file, classifyImage(classifier, file), complain);
    results.push(result);
    if (!json && 'classes' in result) {
      console.log(`\n${file} (${result.milliseconds} ms)\n${table(result.classes.slice(0, 5))}`);
    }
  }
  if (json) console.log(JSON.stringify({ model: { name }, results } satisfies Results, null, 2));
});

/** A file that is no image is named, and the others are still classified. Any other error ends the command. */
function complain(error: unknown): void {
  if (!(error instanceof AreographError) || error.code !== 'image') throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
