/** For tests: clients that check every answer, and remember each. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { openClassifier } from '../../runtime/classifier.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { type Results, resultsSchema } from '../results.ts';

/** An image, and what each model that may be asked would answer. */
export interface Sample {
  /** The bytes of an image file. */
  readonly body: Uint8Array;
  /** By the name that the test has for a model: probabilities by class. */
  readonly answers: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** What became of one request. */
export interface Outcome {
  /** Sent as X-Request-Id, so that it is found in the server's log. */
  readonly id: string;
  /** Undefined if there was no answer. */
  readonly status?: number;
  /** The model whose answer it is, to 1e-6, for a status of 200. */
  readonly model?: string;
  /** Why there was no answer, or what is wrong with it. */
  readonly error?: string;
  readonly retryAfter?: string;
  /** When it was asked, as performance.now() has it. */
  readonly asked: number;
  readonly milliseconds: number;
}

/** The right answers, from the models themselves. */
export async function samplesOf(
  images: readonly Uint8Array[],
  models: Readonly<Record<string, Uint8Array>>,
): Promise<Sample[]> {
  const samples = images.map((body) => ({ body, answers: new Map<string, ReadonlyMap<string, number>>() }));
  for (const [name, bytes] of Object.entries(models)) {
    const classifier = await openClassifier({ where: name, bytes }, { device: 'cpu', threads: 1 });
    const { classes } = classifier.description;
    for (const { body, answers } of samples) {
      const [answer] = await classifier.predict([await decodeImage(body)]);
      answers.set(name, new Map(classes.map((each, i) => [each, answer?.probabilities[i] ?? Number.NaN])));
    }
    await classifier.release();
  }
  return samples;
}

/** Sends an image, and checks the answer. Never rejects. */
export function ask(
  url: string,
  { body, answers }: Sample,
  agent?: Agent,
  path = '/classify',
): Promise<Outcome> {
  const id = randomUUID();
  const asked = performance.now();
  const options = { method: 'POST', agent: agent ?? false, headers: { 'x-request-id': id } };
  return new Promise((resolve) => {
    const done = (outcome: Omit<Outcome, 'id' | 'asked' | 'milliseconds'>) =>
      resolve({ id, asked, milliseconds: performance.now() - asked, ...outcome });
    const sent = request(`${url}${path}`, options, async (response) => {
      const status = response.statusCode ?? 0;
      const retryAfter = response.headers['retry-after'];
      const header = { status, ...(retryAfter === undefined ? {} : { retryAfter }) };
      try {
        const answer = await text(response);
        done({ ...header, ...(status === 200 ? check(answer, answers) : {}) });
      } catch (error) {
        done({ ...header, error: String(error) });
      }
    });
    sent.on('error', (error) => done({ error: 'code' in error ? String(error.code) : error.message }));
    sent.end(body);
  });
}

function check(answer: string, answers: Sample['answers']): Pick<Outcome, 'model' | 'error'> {
  const { results } = resultsSchema.parse(JSON.parse(answer));
  for (const [model, expected] of answers) if (isNear(results, expected)) return { model };
  return { error: `the answer of no model: ${answer}` };
}

function isNear([result]: Results['results'], expected: ReadonlyMap<string, number>): boolean {
  if (result === undefined || 'error' in result || result.classes.length !== expected.size) return false;
  return result.classes.every(
    (score) => Math.abs(score.probability - (expected.get(score.class) ?? Number.NaN)) < 1e-6,
  );
}

export interface Load {
  /** Up to now. */
  readonly outcomes: readonly Outcome[];
  /** Sends nothing more, and resolves once all that was sent has its outcome. */
  stop(): Promise<void>;
}

/** So many clients, each of which sends the next image once it has its answer; for each, a connection that is kept. */
export function startLoad(url: string, samples: readonly Sample[], clients: number): Load {
  const outcomes: Outcome[] = [];
  let stopped = false;
  const client = async (first: number) => {
    const agent = new Agent({ keepAlive: true });
    for (let i = first; !stopped; i++) {
      const sample = samples[i % samples.length];
      if (sample === undefined) throw new RangeError('no samples');
      const outcome = await ask(url, sample, agent);
      outcomes.push(outcome);
      // Where nobody listens any more, asking on would only take the time of others.
      if (outcome.status === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    agent.destroy();
  };
  const clientsDone = Array.from({ length: clients }, (_, i) => client(i));
  return {
    outcomes,
    async stop() {
      stopped = true;
      await Promise.all(clientsDone);
    },
  };
}
