/** The answer to a request for classification, the same for one image and for many. */
import { z } from 'zod';
import { AreographError } from '../dsl/errors.ts';
import { type Answer, answerSchema } from './classifyImage.ts';
import { type ProblemDetails, problemOf, problemSchema } from './problem.ts';

/** The name that the file was sent under; images sent as a raw body have none. */
const file = z.string().optional();

export const failureSchema = z.object({ file, error: problemSchema });
export const resultSchema = z.union([answerSchema.extend({ file }), failureSchema]);
export type Result = z.infer<typeof resultSchema>;

export const resultsSchema = z.object({
  model: z.object({ name: z.string() }),
  /** One for each image, in the order in which they were sent. An image that failed says why in its place. */
  results: z.array(resultSchema).min(1),
});
export type Results = z.infer<typeof resultsSchema>;

/** The result of one image: its classes, or why there are none. `onError` hears of every error. */
export async function settle(
  file: string | undefined,
  answer: Promise<Answer>,
  onError: (error: unknown, problem: ProblemDetails) => void,
): Promise<Result> {
  const name = file === undefined ? {} : { file };
  try {
    return { ...name, ...(await answer) };
  } catch (error) {
    const problem = problemOf(file === undefined ? error : naming(file, error));
    onError(error, problem);
    return { ...name, error: problem };
  }
}

/** Bytes have no name when they are decoded; whoever sent several files wants to know which one it is. */
function naming(file: string, error: unknown): unknown {
  if (!(error instanceof AreographError)) return error;
  return new AreographError({ ...error.problem, where: file }, { cause: error });
}
