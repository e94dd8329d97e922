/** What the answers to hostile inputs are held to. */
import { expect } from 'vitest';
import { type ProblemCode, problemSchema, statusOf } from '../problem.ts';
import { resultsSchema } from '../results.ts';
import { inferResponseSchema } from '../v2/schemas.ts';
import type { HttpAnswer } from './client.ts';
import type { Kind } from './kind.ts';

type Expectation = Kind['expect'];

/** Sums of float32 probabilities are 1 but for rounding, and so are those of the same pixels in another batch. */
const tolerance = 1e-6;

/** Problem details with this code, and its status. */
export function problem(code: ProblemCode): Expectation {
  return (answer) => {
    expect({ status: answer.status, ...json(answer) }).toMatchObject({ status: statusOf[code], code });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    const { detail } = problemSchema.parse(json(answer));
    // Long enough to say something, short enough not to give back what was sent.
    expect(detail.length).toBeGreaterThan(20);
    expect(detail.length).toBeLessThan(1000);
  };
}

/** A result for each image, with the probabilities of its pixels, where these are known. */
export const classified: Expectation = (answer, { probabilities, file }) => {
  expect({ status: answer.status, ...json(answer) }).toMatchObject({ status: 200 });
  for (const result of resultsSchema.parse(json(answer)).results) {
    if ('error' in result) throw new Error(`expected a class, found ${JSON.stringify(result.error)}`);
    const found = new Map(result.classes.map((score) => [score.class, score.probability]));
    if (probabilities !== undefined) {
      for (const [name, probability] of found) requireNear(probability, probabilities.get(name), name);
    } else requireNear(sum(found.values()), 1, 'the sum');
    if (file !== undefined) expect(result.file).toBe(file);
  }
};

/** The inference protocol's answer for one image. */
export const inferred: Expectation = (answer, { probabilities = new Map() }) => {
  expect({ status: answer.status, ...json(answer) }).toMatchObject({ status: 200 });
  const { outputs } = inferResponseSchema.parse(json(answer));
  const { data = [] } = outputs.find(({ name }) => name === 'probabilities') ?? {};
  expect(data.length).toBe(probabilities.size);
  for (const [i, [name, probability]] of [...probabilities].entries())
    requireNear(data[i], probability, name);
};

function requireNear(found = Number.NaN, expected = Number.NaN, where = ''): void {
  expect(Math.abs(found - expected), `${where}: ${found}, not ${expected}`).toBeLessThan(tolerance);
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}

/** The first of these that holds. */
export function either(...expectations: readonly Expectation[]): Expectation {
  return (answer, expected) => {
    const failures: unknown[] = [];
    for (const each of expectations) {
      try {
        return each(answer, expected);
      } catch (error) {
        failures.push(error);
      }
    }
    throw new AggregateError(failures, failures.map(String).join('\n'));
  };
}

/** What Node's HTTP parser answers by itself: once, and then it closes the connection. */
export function parserRefusal(status: number): Expectation {
  return (answer) => {
    expect(answer.status).toBe(status);
    expect(answer.body.toString()).not.toContain('HTTP/1.1');
  };
}

function json({ body, status }: HttpAnswer): object {
  const text = body.toString();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new Error(`expected JSON, found ${status} and ${JSON.stringify(text.slice(0, 200))}`);
}
