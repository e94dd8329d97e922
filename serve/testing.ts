/** For tests of routes: answers, parsed as strictly as they are meant. */
import { expect } from 'vitest';
import { z } from 'zod';
import type { Job } from './job.ts';
import { type ProblemDetails, problemSchema } from './problem.ts';
import { resultsSchema } from './results.ts';

export async function resultsOf(response: Response) {
  expect(response.status).toBe(200);
  return z.strictObject(resultsSchema.shape).parse(await response.json());
}

/** A response's problem details, whose status is the response's. */
export async function problemIn(response: Response): Promise<ProblemDetails> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = problemSchema.strict().parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}

/** The bytes of a job, as text. */
export function textOf({ image }: Job): string {
  return image instanceof Uint8Array ? Buffer.from(image).toString('latin1') : 'pixels';
}
