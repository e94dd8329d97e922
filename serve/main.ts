/** `npm run serve`: answers POST /classify with an exported model. */
import { once } from 'node:events';
import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { pino } from 'pino';
import { runCli } from '../dsl/cli.ts';
import { latestModel } from '../runtime/latestModel.ts';
import { devices } from '../runtime/session.ts';
import { createApp, defaultMaxBodyBytes } from './app.ts';
import { ClassifierThread } from './classifierThread.ts';
import { listen } from './listen.ts';

const mebibyte = 2 ** 20;

const command = new Command('serve')
  .description('Answers POST /classify with a trained model.')
  .option('--model <file>', 'model file (default: the newest runs/*/model.onnx)')
  .option('--port <number>', 'port to listen on; 0 takes any that is free', integer(0, 65_535), 8080)
  .option('--host <name>', 'address to listen on; 0.0.0.0 for every network', '127.0.0.1')
  .addOption(new Option('--device <name>', 'what computes').choices(devices).default('cpu' as const))
  .option('--max-body <MiB>', 'largest request body', integer(1, 1024), defaultMaxBodyBytes / mebibyte);

await runCli(async () => {
  const { model, port, host, device, maxBody } = command.parse().opts();
  const file = model ?? (await latestModel());
  const classifier = await ClassifierThread.start(file, { device });
  try {
    const { name } = classifier;
    const app = createApp({
      classify: (image) => classifier.classify(image),
      model: { name },
      maxBodyBytes: maxBody * mebibyte,
      logger: pino(),
    });
    const listening = await listen(app, port, host);
    // Listens once only: a second Ctrl-C ends the process without waiting for requests in flight.
    const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    // To stderr: stdout is the log, one JSON object per line.
    console.error(`${name} (${file}) answers at ${listening.url}`);
    console.error(`  curl --data-binary @photo.jpg ${listening.url}/classify`);
    await stopped;
    await listening.close();
  } finally {
    await classifier.close();
  }
});

function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}
