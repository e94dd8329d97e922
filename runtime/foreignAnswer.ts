/** What a model that was trained elsewhere answers: whether it is one number for each class, and of which kind. */
import type { Tensor } from 'onnxruntime-common';
import { AreographError } from '../dsl/errors.ts';
import { elementCount } from '../export/tensorType.ts';
import type { Origin } from './foreignInterface.ts';
import type { Sidecar } from './sidecar.ts';
import { rows, toFloat32 } from './tensors.ts';

/**
 * `[images, classes]`, with axes of 1 anywhere behind the first, as one row for each image.
 *
 * @throws AreographError 'model' if it has another shape
 */
export function splitAnswer(
  name: string,
  answer: Tensor,
  images: number,
  classes: number,
  { model, sidecar }: Origin,
): Float32Array[] {
  const [batch, ...rest] = answer.dims;
  const found = `${name}: [${answer.dims.join(', ')}]`;
  if (batch !== images) {
    throw new AreographError({
      code: 'model',
      where: model,
      expected: `an answer for each of ${images} images`,
      found,
      next: 'Export it with a batch of 1, or with one of any size in its input and its output.',
    });
  }
  if (elementCount(rest) !== classes || !rest.includes(classes)) {
    throw new AreographError({
      code: 'model',
      where: `classes in ${sidecar}`,
      expected: `as many names as the model gives numbers for an image (${found})`,
      found: `${classes}`,
      next: 'Name every class, in the order of the output.',
    });
  }
  return rows(toFloat32(answer), classes);
}

/** How far from 1 probabilities may add up to: those of float16 are off by 2^-11 each. */
const tolerance = 1e-3;

/**
 * Softmax of probabilities would make them all alike, and logits as they are would be none: neither shows in an answer.
 *
 * @throws AreographError 'model' if the numbers are of the other kind
 */
export function requireKind(numbers: Float32Array, said: Sidecar['output'], { sidecar }: Origin): void {
  const least = numbers.reduce((a, b) => Math.min(a, b));
  const most = numbers.reduce((a, b) => Math.max(a, b));
  const sum = numbers.reduce((a, b) => a + b, 0);
  const areProbabilities = least >= 0 && Math.abs(sum - 1) <= tolerance;
  if (areProbabilities === (said === 'probabilities')) return;
  const [from, to, total] = [least, most, sum].map((value) => Number(value.toPrecision(3)));
  throw new AreographError({
    code: 'model',
    where: `output in ${sidecar}`,
    expected: {
      logits: 'logits, to which softmax is applied',
      probabilities: 'probabilities, which add up to 1',
    }[said],
    found: `numbers from ${from} to ${to} that add up to ${total}, for a grey image`,
    next: adviceOn(areProbabilities, least, most),
  });
}

function adviceOn(areProbabilities: boolean, least: number, most: number): string {
  if (areProbabilities) return 'They look like probabilities: write "output": "probabilities".';
  if (least < 0 || most > 1) return 'They look like logits: write "output": "logits".';
  return 'They look like one yes or no for each class: export a model that chooses one class of all.';
}
