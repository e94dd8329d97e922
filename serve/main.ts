/** `npm run serve`: answers POST /classify with trained models. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { runCli } from '../dsl/cli.ts';
import { defaultModel } from '../runtime/defaultModel.ts';
import { createApp } from './app.ts';
import { listen } from './listen.ts';
import { Metrics } from './metrics.ts';
import { findModel, findModels } from './modelFiles.ts';
import { ModelRepository } from './modelRepository.ts';
import { readApiKeys, serveCommand, workersOf } from './serveCommand.ts';

const demoFolder = fileURLToPath(new URL('../web-demo/dist', import.meta.url));

await runCli(async () => {
  const { model = defaultModel, models: folder, ...options } = serveCommand().parse().opts();
  const logger = pino();
  const metrics = new Metrics();
  const maxPixels = options.maxPixels * 1e6;
  const models = new ModelRepository({
    find: async () => (folder === undefined ? [await findModel(model)] : findModels(folder)),
    ...(options.default === undefined ? {} : { defaultName: options.default }),
    device: options.device,
    ...workersOf(options),
    maxBatch: options.batch,
    maxDelay: options.batchDelay,
    maxQueue: options.queue,
    maxPixels,
    retireAfter: options.timeout * 1000,
    onBatch: (of, size) => metrics.batch(of, size),
    onWorkerLost: ({ name, version }, error) =>
      logger.error({ model: `${name}/${version}`, err: error }, 'worker lost'),
    logger,
  });
  metrics.watchQueues(() => models.list().map((each) => ({ model: each, length: each.queueLength })));

  const demoIsBuilt = existsSync(join(demoFolder, 'index.html'));
  let draining = false;
  const app = createApp({
    models,
    metrics,
    logger,
    draining: () => draining,
    threshold: options.threshold,
    maxBodyBytes: options.maxBody * 2 ** 20,
    maxImages: options.maxImages,
    maxPixels,
    timeout: options.timeout * 1000,
    ...(options.apiKeys === undefined ? {} : { apiKeys: readApiKeys(options.apiKeys) }),
    ...(options.cors === undefined ? {} : { corsOrigins: options.cors }),
    ...(demoIsBuilt ? { demo: demoFolder } : {}),
    ...(options.rateLimit === undefined ? {} : { rateLimit: { requests: options.rateLimit, seconds: 1 } }),
  });
  // First of all: a server that is alive but not ready yet says so.
  const listening = await listen(app, options.port, options.host);
  try {
    // Listens once only: a second Ctrl-C ends the process without waiting for requests in flight.
    const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await models.open();
    if (options.poll > 0) models.watch(options.poll * 1000);
    // To stderr: stdout is the log, one JSON object per line.
    const names = models
      .list()
      .map(({ name }) => name)
      .join(', ');
    console.error(
      `${names || 'No model yet'} (${relative('', folder ?? model)}) answers at ${listening.url}`,
    );
    console.error(
      demoIsBuilt
        ? `  The browser demo is at ${listening.url}/`
        : '  npm run build:demo, before the next start, puts the browser demo at /',
    );
    console.error(`  curl --data-binary @photo.jpg ${listening.url}/classify`);
    const [signal] = await stopped;
    draining = true;
    listening.drain();
    // Time for those who balance load to see it. Whoever types Ctrl-C does not wait.
    const drain = signal === 'SIGTERM' ? options.drain * 1000 : 0;
    // A batch that never ends must not keep the process.
    setTimeout(() => process.exit(1), drain + options.grace * 1000 + 5000).unref();
    await sleep(drain);
    await listening.close(options.grace * 1000);
  } finally {
    await listening.close(0);
    await models.close();
  }
});
