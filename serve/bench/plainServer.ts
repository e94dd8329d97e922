/** What one would write first, to be measured beside the server: `session.run` in the request handler. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Command } from '@commander-js/extra-typings';
import { Tensor } from 'onnxruntime-node';
import { runCli } from '../../dsl/cli.ts';
import { readModelMetadata } from '../../export/modelFile.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { openSession } from '../../runtime/session.ts';

await runCli(async () => {
  const { model, port } = new Command('plain-server')
    .requiredOption('--model <file>')
    .requiredOption('--port <number>')
    .parse()
    .opts();
  const bytes = await readFile(model);
  const { classes } = readModelMetadata(bytes, model);
  const session = await openSession(bytes, { device: 'cpu' }, model);

  async function classify(request: IncomingMessage) {
    const { data, height, width } = await decodeImage(await buffer(request));
    const { probabilities } = await session.run({ image: new Tensor('uint8', data, [1, height, width, 3]) });
    const values = probabilities?.data;
    if (!(values instanceof Float32Array)) throw new Error('probabilities are not as declared');
    return classes
      .map((name, i) => ({ class: name, probability: values[i] ?? 0 }))
      .sort((a, b) => b.probability - a.probability);
  }

  const answer: RequestListener = async (request, response) => {
    response.setHeader('content-type', 'application/json');
    try {
      response.end(JSON.stringify(request.method === 'POST' ? await classify(request) : { status: 'ok' }));
    } catch (error) {
      response.statusCode = 500;
      response.end(JSON.stringify({ error: String(error) }));
    }
  };
  const server = createServer(answer).listen(Number(port), '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') console.error(`http://127.0.0.1:${address?.port}`);
  });
});
