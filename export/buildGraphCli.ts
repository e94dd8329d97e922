/** npm run build-graph -- cnn7x7: writes the inference and the training graph of an architecture. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { runCli } from '../dsl/cli.ts';
import { AreographError } from '../dsl/errors.ts';
import { loadModel } from '../dsl/load.ts';
import { summary } from '../dsl/summary.ts';
import { zoo } from '../dsl/zoo.ts';
import { initialize } from './initialize.ts';
import { encodeModelFile } from './modelFile.ts';
import { encodeModel } from './onnx.ts';
import { namingSources, readOptions } from './options.ts';
import { targetNames, targets } from './targets.ts';
import { classWeightsFlag, trainingCommand, trainingFlagPaths } from './trainingFlags.ts';
import { trainingGraph } from './trainingGraph.ts';
import { trainingOptionsSchema } from './trainingOptions.ts';

const command = trainingCommand('build-graph')
  .description(
    'Compiles an architecture to ONNX: an inference graph with fresh weights, and a training graph.',
  )
  .argument('<model>', `${Object.keys(zoo).join(', ')}, or a TypeScript file that exports a model`)
  .option(
    '--class-weights <weights>',
    'none, or a number for each class: 1,2.5,... (default: none)',
    classWeightsFlag,
  )
  .addOption(
    new Option('--target <name>', 'what the training graph is lowered for')
      .choices(targetNames)
      .default('cpu' as const),
  )
  .option('--out <dir>', 'folder to write to', 'graphs');

async function main(): Promise<void> {
  command.parse();
  const { size, target, out, ...flags } = command.opts();
  const [name] = command.processedArgs;
  const sources = { flags, paths: trainingFlagPaths };
  const options = readOptions(trainingOptionsSchema, sources);
  const model = await loadModel(name, size === undefined ? {} : { size });
  const training = await namingSources(sources, async () =>
    trainingGraph(model, { ...options, target: targets[target] }),
  );
  const classes = Array.from({ length: model.classes }, (_, i) => `class ${i}`);
  const files = {
    [`${model.name}.inference.onnx`]: encodeModelFile(model, initialize(model, 1), {
      classes,
      provenance: { weights: 'untrained' },
    }),
    [`${model.name}.training.${target}.onnx`]: encodeModel(training.graph),
  };
  makeFolder(out);
  console.log(`${summary(model)}\n`);
  for (const [file, bytes] of Object.entries(files)) {
    writeFileSync(join(out, file), bytes);
    console.log(`${join(out, file)}: ${(bytes.length / 1e6).toFixed(2)} MB`);
  }
  console.log(
    `the training graph does ${targets[target].loop ? 'a chunk of steps' : 'one step'}, with ${training.state.length} state tensors`,
  );
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new AreographError(
      {
        code: 'storage',
        where: `--out ${folder}`,
        expected: 'a folder that can be made and written to',
        found: error instanceof Error ? error.message : String(error),
        next: 'Choose another.',
      },
      { cause: error },
    );
  }
}

await runCli(main);
