/**
 * Every error that a user can cause is a {@link AreographError}: data first, worded in one place.
 *
 * `where` names the thing at fault (a layer, a file, an option), `expected` and `found` give the
 * values, `next` says what to do about it.
 */
export interface Problem {
  readonly code: ErrorCode;
  readonly where: string;
  readonly expected: string;
  readonly found: string;
  readonly next: string;
}

export type ErrorCode =
  | 'shape' // a tensor of the wrong rank or size
  | 'option' // an option outside its range
  | 'name' // a name that is unknown, or taken
  | 'graph' // a compiled graph that contradicts itself
  | 'model' // a model file that cannot be used
  | 'device' // an execution provider that is not there
  | 'dataset' // a data set that is missing, incomplete or mislabelled
  | 'format' // bytes in no image format that is taken
  | 'image' // an image that is missing, damaged or truncated
  | 'pixels' // an image of more pixels than are decoded
  | 'explain' // a network that Grad-CAM says nothing of
  | 'run' // a training run that cannot start or resume
  | 'storage'; // a disk that is full, or a file that cannot be written

export class AreographError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(
      `${problem.where}: expected ${problem.expected}, found ${problem.found}. ${problem.next}`.trimEnd(),
      options,
    );
    this.name = 'AreographError';
    this.problem = problem;
  }

  get code(): ErrorCode {
    return this.problem.code;
  }
}
