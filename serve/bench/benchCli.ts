/** npm run bench:serve: the server beside a bare loop and a plain server, by turns in one run. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { number, positiveInteger, runCli } from '../../dsl/cli.ts';
import { startServer } from './childServer.ts';
import { freshModel } from './freshModel.ts';
import { benchImages } from './images.ts';
import { Limit } from './limit.ts';
import { machine } from './machine.ts';
import { type Contenders, measureRound, type Round } from './round.ts';
import { summarize, toMarkdown } from './summary.ts';

const command = new Command('bench:serve')
  .description(
    'Measures throughput, latency and start of the server, beside a bare loop over decode and session.run (the limit) and a plain Node server.',
  )
  .argument('[flags...]', 'for the server, after --, such as -- --workers 1')
  .option('--images <dir>', 'JPEGs to send (default: those of MSL_IMAGES, else drawn ones)')
  .option('--rounds <n>', 'turns that count; a short one comes first to warm up', positiveInteger, 5)
  .option(
    '--seconds <n>',
    'of each measurement',
    number((value) => value > 0 && Number.isFinite(value), 'a number above 0'),
    4,
  )
  .option('--out <file>', 'JSON with all rounds', 'results/serve/bench.json');

/** How often the start is timed. */
const starts = 3;

async function main(): Promise<void> {
  command.parse();
  const { images: imageFolder, out, ...settings } = command.opts();
  const [flags] = command.processedArgs;
  const images = await benchImages(imageFolder);
  const { processor, cores } = machine();
  console.error(`${processor}, ${cores} cores; ${images.source}`);
  const folder = await mkdtemp(join(tmpdir(), 'areograph-bench-'));
  try {
    const model = join(folder, 'cnn3x3.onnx');
    await writeFile(model, freshModel());
    const start = (script: string, args: readonly string[] = []) =>
      startServer(new URL(script, import.meta.url), ['--model', model, ...args], join(folder, 'log'));

    const startTimes: number[] = [];
    for (let i = 0; i < starts; i += 1) {
      const server = await start('../main.ts', flags);
      startTimes.push(server.startTime);
      await server.stop();
    }
    const servers = await Promise.all([start('../main.ts', flags), start('./plainServer.ts')]);
    const limit = new Limit(await readFile(model), images.files);
    try {
      const rounds = await measure(
        { limit, own: servers[0].url, plain: servers[1].url, files: images.files },
        settings,
      );
      const summary = summarize(rounds, startTimes);
      await mkdir(dirname(out), { recursive: true });
      const record = {
        machine: machine(),
        images: images.source,
        seconds: settings.seconds,
        flags,
        startTimes,
        ...summary,
        rounds,
      };
      await writeFile(out, `${JSON.stringify(record, null, 2)}\n`);
      console.log(toMarkdown(summary));
    } finally {
      await Promise.all([limit.close(), ...servers.map((server) => server.stop())]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(
  contenders: Contenders,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<Round[]> {
  const measured: Round[] = [];
  await measureRound(contenders, Math.min(1, seconds), 0);
  for (let round = 1; round <= rounds; round += 1) {
    console.error(`round ${round} of ${rounds}`);
    measured.push(await measureRound(contenders, seconds, round));
  }
  return measured;
}

await runCli(main);
