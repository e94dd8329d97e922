/** npm run kernels: writes the tables of kernels anew, from the runtimes or from onnxruntime's document. */
import { readFileSync } from 'node:fs';
import { Argument, Command } from '@commander-js/extra-typings';
import { z } from 'zod';
import { runCli } from '../../dsl/cli.ts';
import { opset } from '../onnx.ts';
import { operators } from '../operators.ts';
import { callPython, findPython } from '../reference/python.ts';
import { readDocument } from './documented.ts';
import { probedTargets, probeRuntime } from './runtimes.ts';
import { type KernelTable, writeTable } from './table.ts';

const command = new Command('kernels').description('Writes the tables of kernels that targets have.');

command
  .command('probe')
  .description('Asks the runtimes that are installed (webgpu needs an adapter; a software one will do).')
  .addArgument(new Argument('[targets...]').choices(probedTargets).default(probedTargets))
  .action(async (targets) => {
    for (const target of targets) write(target, await probeRuntime(target, true));
  });

command
  .command('cuda')
  .description("Reads CUDA's kernels from onnxruntime's docs/OperatorKernels.md; needs Python with onnx.")
  .argument('<file>', 'the document')
  .requiredOption('--source <words>', 'which version of it this is')
  .action((file, { source }) => {
    const kernels = readDocument(readFileSync(file, 'utf8'), 'CUDAExecutionProvider', sinceVersions());
    write('cuda', { source, opset, kernels });
  });

function write(target: Parameters<typeof writeTable>[0], table: KernelTable): void {
  writeTable(target, table);
  const count = Object.values(table.kernels).reduce((sum, of) => sum + Object.keys(of).length, 0);
  console.log(
    `${target}: ${count} kernels of ${Object.keys(table.kernels).length} operators (${table.source})`,
  );
}

/** The version that our operator set has of each operator, from the onnx package. */
function sinceVersions(): Record<string, number> {
  const python = findPython('onnx');
  if (python === undefined) throw new Error('no Python with onnx: apt-get install python3-onnx');
  const answer = callPython(python, new URL('./since_versions.py', import.meta.url), {
    opset,
    operators: Object.keys(operators),
  });
  return z.record(z.string(), z.int()).parse(answer);
}

await runCli(async () => {
  await command.parseAsync();
});
