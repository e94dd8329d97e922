/**
 * How good predictions are. Names and conventions are scikit-learn's
 * (https://scikit-learn.org/stable/modules/model_evaluation.html); what it warns of and replaces by `zero_division`,
 * a quotient with nothing under the line, is null here. Means over classes are over the classes present in the labels:
 * scikit-learn's `f1_score(..., average='macro', labels=np.unique(labels))` and `balanced_accuracy_score`. So an image
 * that is called a class which no image has counts as missed where it belongs, and a class that the split lacks
 * neither lifts nor lowers a mean.
 */

/** What the measures of a class are made from, by class. */
export interface ClassCounts {
  /** Images of the class. */
  readonly support: ArrayLike<number>;
  /** Images called so. */
  readonly predicted: ArrayLike<number>;
  /** Images of the class that are called so. */
  readonly truePositives: ArrayLike<number>;
}

export interface ClassMeasures {
  readonly support: number;
  /** True positives / images called so; null if none is. */
  readonly precision: number | null;
  /** True positives / images of the class; null if there is none. */
  readonly recall: number | null;
  /** 2 true positives / (images of the class + images called so), the harmonic mean of both; null if there is neither. */
  readonly f1: number | null;
}

export interface Measures {
  /** `[label][prediction]`: images. */
  readonly confusion: readonly (readonly number[])[];
  readonly accuracy: number;
  /** Mean recall of the classes present. */
  readonly balancedAccuracy: number;
  /** Mean F1 of the classes present. */
  readonly macroF1: number;
  /** By class. */
  readonly classes: readonly ClassMeasures[];
}

/**
 * @param labels class of each image, 0 to `classes` - 1
 * @param predictions the class that each is given, in the same order
 * @throws RangeError if there are no images, not as many predictions, or a class outside the range
 */
export function measure(
  labels: readonly number[],
  predictions: readonly number[],
  classes: number,
): Measures {
  const confusion = confusionMatrix(labels, predictions, classes);
  const counts = classCounts(confusion);
  return {
    confusion,
    accuracy: accuracy(counts),
    balancedAccuracy: balancedAccuracy(counts),
    macroF1: macroF1(counts),
    classes: confusion.map((_, index) => classMeasures(counts, index)),
  };
}

/**
 * Images by label (row) and prediction (column): `[classes, classes]`.
 *
 * @throws RangeError as {@link measure}
 */
export function confusionMatrix(
  labels: readonly number[],
  predictions: readonly number[],
  classes: number,
): number[][] {
  requireClasses(labels, predictions, classes);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [image, label] of labels.entries()) {
    const row = matrix[label] ?? [];
    const prediction = predictions[image] ?? 0;
    row[prediction] = (row[prediction] ?? 0) + 1;
  }
  return matrix;
}

/** @throws RangeError unless every image has a label and a prediction from 0 to `classes` - 1, and there is one */
export function requireClasses(
  labels: readonly number[],
  predictions: readonly number[],
  classes: number,
): void {
  if (labels.length === 0) throw new RangeError('expected labels, found none');
  if (predictions.length !== labels.length) {
    throw new RangeError(
      `expected ${labels.length} predictions, one for each image, found ${predictions.length}`,
    );
  }
  for (const value of [...labels, ...predictions]) {
    if (!Number.isInteger(value) || value < 0 || value >= classes) {
      throw new RangeError(`expected a class, 0 to ${classes - 1}, found ${value}`);
    }
  }
}

/** Share of the images that are called what they are. */
export function accuracy({ support, truePositives }: ClassCounts): number {
  let images = 0;
  let right = 0;
  for (let index = 0; index < support.length; index += 1) {
    images += support[index] ?? 0;
    right += truePositives[index] ?? 0;
  }
  return right / images;
}

/** Mean recall of the classes present. */
export function balancedAccuracy({ support, truePositives }: ClassCounts): number {
  let sum = 0;
  let present = 0;
  for (let index = 0; index < support.length; index += 1) {
    const images = support[index] ?? 0;
    if (images === 0) continue;
    sum += (truePositives[index] ?? 0) / images;
    present += 1;
  }
  return sum / present;
}

/** Mean F1 of the classes present. */
export function macroF1({ support, predicted, truePositives }: ClassCounts): number {
  let sum = 0;
  let present = 0;
  for (let index = 0; index < support.length; index += 1) {
    const images = support[index] ?? 0;
    if (images === 0) continue;
    sum += (2 * (truePositives[index] ?? 0)) / (images + (predicted[index] ?? 0));
    present += 1;
  }
  return sum / present;
}

function classCounts(confusion: readonly (readonly number[])[]): ClassCounts {
  return {
    support: confusion.map((row) => row.reduce((sum, images) => sum + images, 0)),
    predicted: confusion.map((_, column) => confusion.reduce((sum, row) => sum + (row[column] ?? 0), 0)),
    truePositives: confusion.map((row, index) => row[index] ?? 0),
  };
}

function classMeasures({ support, predicted, truePositives }: ClassCounts, index: number): ClassMeasures {
  const images = support[index] ?? 0;
  const called = predicted[index] ?? 0;
  const right = truePositives[index] ?? 0;
  return {
    support: images,
    precision: quotient(right, called),
    recall: quotient(right, images),
    f1: quotient(2 * right, images + called),
  };
}

function quotient(above: number, below: number): number | null {
  return below === 0 ? null : above / below;
}
