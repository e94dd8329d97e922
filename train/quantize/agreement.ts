/** How far a model's answers move when its weights are stored with fewer bits. */

/** For each image, the probabilities of its classes. */
export type Answers = readonly Float32Array[];

/** Share of the images whose most probable class (of equal ones the first) is their label. */
export function accuracyOf(answers: Answers, labels: Int32Array): number {
  return shareOf(answers, (probabilities, image) => top(probabilities) === labels[image]);
}

/** Share of the images whose most probable class (of equal ones the first) is the same in both. */
export function agreementOf(answers: Answers, others: Answers): number {
  return shareOf(pairs(answers, others), ([one, other]) => top(one) === top(other));
}

/** The largest difference of one probability between the two. */
export function largestChangeOf(answers: Answers, others: Answers): number {
  const changes = pairs(answers, others).map(([one, other]) =>
    one.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (other[i] ?? Number.NaN))), 0),
  );
  return Math.max(...changes);
}

function pairs(answers: Answers, others: Answers): (readonly [Float32Array, Float32Array])[] {
  if (answers.length !== others.length) throw new Error(`${answers.length} answers beside ${others.length}`);
  return answers.map((answer, image) => [answer, others[image] ?? new Float32Array()]);
}

function shareOf<T>(items: readonly T[], holds: (item: T, index: number) => boolean): number {
  return items.filter(holds).length / items.length;
}

function top(probabilities: Float32Array): number {
  return probabilities.indexOf(Math.max(...probabilities));
}
