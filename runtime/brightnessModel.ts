/**
 * For tests: a model that takes dark images for none of its classes, with numbers that can be worked out by hand. Each
 * logit is the mean x of all normalised pixels, level / 63.75 - 2, and log 1, log 2 or log 5.
 */
import { model } from '../dsl/model.ts';
import { input } from '../dsl/tensor.ts';
import { encodeModelFile } from '../export/modelFile.ts';

const side = 8;
const inputs = 3 * side * side;
const shares = [1, 2, 5];

export const brightness = {
  classes: ['wheel', 'ground', 'horizon'],
  temperature: 2,
  /** Between black, -0.08, and white, -4.08. */
  threshold: -2,
  /** softmax((x + log share) / 2) whatever x is: as the square roots of the shares. */
  probabilities: shares.map(
    (share) => Math.sqrt(share) / shares.reduce((sum, each) => sum + Math.sqrt(each), 0),
  ),
  /** -log sum exp(x + log share) = -x - log 8, of an image whose pixels are all of one level, 0 to 255. */
  energyOf: (level: number) => 2 - level / 63.75 - Math.log(8),
} as const;

/** The model file. */
export function brightnessModel(): Uint8Array {
  const declared = model('brightness', input(side, side, 3).flatten().dense(shares.length).softmax());
  const weights = new Map([
    ['dense1.weight', new Float32Array(shares.length * inputs).fill(1 / inputs)],
    ['dense1.bias', Float32Array.from(shares, Math.log)],
  ]);
  return encodeModelFile(declared, weights, {
    classes: [...brightness.classes],
    provenance: {},
    temperature: brightness.temperature,
    mirror: true,
    energyThreshold: brightness.threshold,
  });
}
