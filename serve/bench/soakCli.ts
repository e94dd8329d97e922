/** npm run soak: many requests of all kinds on a server, whether its answers are right, and whether its memory is flat. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { chart } from '../../chart/chart.ts';
import { positiveInteger, runCli } from '../../dsl/cli.ts';
import { startServer } from './childServer.ts';
import { benchImages } from './images.ts';
import { machine } from './machine.ts';
import { memoryFigure } from './memoryFigure.ts';
import { soak } from './soak.ts';
import { maxBody } from './soakRequests.ts';

const command = new Command('soak')
  .description(
    'Sends requests of all kinds, broken ones too, checks each status, and watches the memory of the server.',
  )
  .argument('[flags...]', 'for the server, after --, such as -- --model runs/x/model.onnx')
  .option('--images <dir>', 'JPEGs to send (default: those of MSL_IMAGES, else drawn ones)')
  .option('--requests <n>', 'how many', positiveInteger, 100_000)
  .option('--connections <n>', 'users at once', positiveInteger, 16)
  .option('--interval <ms>', 'from a look at the memory to the next', positiveInteger, 1000)
  .option('--out <file>', 'JSON with all samples; the figure is put beside it', 'results/serve/soak.json');

await runCli(async () => {
  command.parse();
  const { images: imageFolder, out, ...options } = command.opts();
  const [flags] = command.processedArgs;
  const { source, files } = await benchImages(imageFolder);
  const folder = await mkdtemp(join(tmpdir(), 'areograph-soak-'));
  try {
    const serverFlags = ['--max-body', String(maxBody), ...flags];
    const server = await startServer(
      new URL('../main.ts', import.meta.url),
      serverFlags,
      join(folder, 'log'),
    );
    try {
      const found = await soak(server, files, { ...options, seed: 1 });
      await mkdir(dirname(out), { recursive: true });
      const record = { machine: machine(), images: source, ...options, flags: serverFlags, ...found };
      await writeFile(out, `${JSON.stringify(record, null, 2)}\n`);
      await writeFile(out.replace(/(\.json)?$/, '.svg'), await chart(memoryFigure(found, options.requests)));
      const { answers, throughput, wrong } = found.load;
      console.log(
        `${answers} right answers, ${throughput.toFixed(0)} a second; wrong: ${JSON.stringify(wrong)}`,
      );
      console.log(
        `resident memory grows by ${found.growth.resident.toFixed(2)} MB per 10,000 requests after the first fifth`,
      );
      if (answers < options.requests) process.exitCode = 1;
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
