/** All that is measured on the labelled images of a split. */
import { group, rollup } from 'd3-array';
import { stream } from '../../export/random.ts';
import type { Example } from '../data/dataset.ts';
import { parseMarsName } from '../data/marsName.ts';
import { resampledMeasures } from '../experiments/bootstrap.ts';
import { measure } from '../experiments/measures.ts';
import { percentileInterval } from '../experiments/statistics.ts';
import { Tally } from '../experiments/tally.ts';
import type { Answers } from './answers.ts';
import { calibrationOf, mostProbable, withoutTemperature } from './calibration.ts';
import { atConfidence, coverageCurve, thinned } from './coverage.ts';
import type { SplitScores } from './evaluation.ts';
import { exposuresOf } from './splitFacts.ts';

/** 10,000 leave the ends of an interval uncertain by under 1 % of its width. */
const resamples = 10_000;

/** Decides the draws of the bootstrap. */
const bootstrapSeed = 1;

/**
 * @param classes how many there are
 * @param temperature that the file's probabilities were made with
 */
export function scoreSplit(
  examples: readonly Example[],
  { probabilities, energies }: Answers,
  classes: number,
  temperature: number,
): SplitScores {
  const labels = examples.map(({ label }) => label);
  const tops = probabilities.map(mostProbable);
  const predictions = tops.map(({ prediction }) => prediction);
  const confidences = tops.map(({ confidence }) => confidence);
  const right = predictions.map((prediction, image) => prediction === labels[image]);
  const exposures = exposuresOf(examples);
  const {
    accuracy,
    macroF1,
    balancedAccuracy,
    classes: byClass,
    confusion,
  } = measure(labels, predictions, classes);

  const images = [...labels.keys()];
  const groups = [...group(images, (image) => exposures[image]).values()];
  const tally = new Tally(labels, [predictions], groups, classes);
  const replicates = resampledMeasures(tally, resamples, stream(bootstrapSeed, 'bootstrap', 'exposures'));

  const plain = probabilities.map((row) => withoutTemperature(row, temperature));
  const curve = coverageCurve(confidences, right);
  return {
    accuracy,
    macroF1,
    balancedAccuracy,
    intervals: {
      accuracy: percentileInterval(replicates.accuracy),
      macroF1: percentileInterval(replicates.macroF1),
    },
    calibration: {
      fitted: calibrationOf(probabilities, labels, temperature),
      plain: calibrationOf(plain, labels, 1),
    },
    coverage: { curve: thinned(curve), at90: atConfidence(curve, 0.9) },
    classes: byClass,
    confusion,
    instruments: byInstrument(examples, right),
    images: images.map((image) => [
      labels[image] ?? 0,
      predictions[image] ?? 0,
      rounded(confidences[image] ?? 0),
      rounded(energies[image] ?? 0),
      exposures[image] ?? 0,
    ]),
  };
}

function byInstrument(examples: readonly Example[], right: readonly boolean[]): SplitScores['instruments'] {
  const named = examples.flatMap(({ file }, image) => {
    const name = parseMarsName(file);
    return name === undefined ? [] : [{ instrument: name.instrument, right: right[image] === true }];
  });
  return Object.fromEntries(
    rollup(
      named,
      (images) => ({
        images: images.length,
        accuracy: images.filter((image) => image.right).length / images.length,
      }),
      ({ instrument }) => instrument,
    ),
  );
}

/** To 5 digits after the point: what is kept of each image. */
export function rounded(value: number): number {
  return Number(value.toFixed(5));
}
