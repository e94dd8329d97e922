/** What is worth knowing of a data set, in sentences that are made from its numbers alone. */
import { greatest, rollups } from 'd3-array';
import { normalization } from '../../export/preprocess.ts';
import { SPLITS, type Split } from '../data/listing.ts';
import { code, counted, decimal, listed, whole } from '../document/wording.ts';
import { percent } from '../progressBar.ts';
import type { Counts, Eda, SimilarPair } from './schema.ts';
import { total } from './summarise.ts';

/** Fewer training images than this are called few. */
const few = 20;

/** Sentences in Markdown, the weightiest first. */
export function findings(eda: Eda): string[] {
  return [
    unreadable,
    majority,
    shift,
    change,
    time,
    cameras,
    balance,
    absent,
    copies,
    leaks,
    conflicts,
    light,
    values,
    shape,
  ]
    .map((finding) => finding(eda))
    .filter((sentence) => sentence !== null);
}

type Finding = (eda: Eda) => string | null;

const unreadable: Finding = ({ unreadable }) =>
  unreadable.length === 0
    ? null
    : `${counted(unreadable.length, 'image')} cannot be read, and ${unreadable.length === 1 ? 'is' : 'are'} left out of what follows.`;

const majority: Finding = ({ majority: { class: name, accuracy } }) =>
  `Always answering ${code(name)}, the most frequent class of train, is right for ${eachSplit((split) => percent(accuracy[split]))}.`;

const shift: Finding = ({ shift }) => {
  const distances = shift.map(
    ({ first, second, classes }) => `${percent(classes.totalVariation)} between ${first} and ${second}`,
  );
  return `Total variation of the classes: ${listed(distances)}. That is the share of images that would have to change their class for the two splits to have the same distribution.`;
};

/** The classes that gain or lose the most between train and test. */
const change: Finding = ({ classes, dataset: { images } }) => {
  const share = (counts: Counts, split: Split) => counts[split] / images[split];
  const changed = classes
    .map(({ name, images }) => ({ name, from: share(images, 'train'), to: share(images, 'test') }))
    .filter(({ from, to }) => from !== to)
    .sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from))
    .slice(0, 3)
    .map(({ name, from, to }) => `${code(name)} from ${percent(from)} to ${percent(to)}`);
  return changed.length === 0 ? null : `From train to test these shares change most: ${listed(changed)}.`;
};

const time: Finding = ({ names }) => {
  if (names === null) return null;
  const ranges = SPLITS.flatMap((split) => {
    const sols = names.sols[split];
    return sols === null ? [] : [`${split} sols ${whole(sols.first)} to ${whole(sols.last)}`];
  });
  const shared = names.sharedSols.filter(({ days }) => days > 0);
  const common =
    shared.length === 0
      ? 'no sol is in two of them'
      : listed(
          shared.map(({ first, second, days }) => `${first} and ${second} share ${counted(days, 'sol')}`),
        );
  const opening = shared.length === 0 ? 'The splits are of different times' : 'The splits overlap in time';
  return `${opening}: ${listed(ranges)}; ${common}.`;
};

/** The instrument whose share changes most between any two splits. */
const cameras: Finding = ({ names }) => {
  if (names === null) return null;
  const taken = (split: Split) => names.instruments.reduce((sum, { images }) => sum + images[split], 0);
  const shares = names.instruments.map(({ instrument, images }) => ({
    instrument,
    shares: SPLITS.map((split) => (taken(split) === 0 ? 0 : images[split] / taken(split))),
  }));
  const most = greatest(shares, (item) => Math.max(...item.shares) - Math.min(...item.shares));
  if (most === undefined || shares.length < 2) return null;
  return `${most.instrument} took ${eachSplit((split) => percent(most.shares[SPLITS.indexOf(split)] ?? 0))}.`;
};

const balance: Finding = ({ classes }) => {
  const counts = classes.map(({ name, images }) => ({ name, images: images.train }));
  const most = greatest(counts, ({ images }) => images);
  const least = greatest(counts, ({ images }) => -images);
  if (most === undefined || least === undefined || most.images === least.images) return null;
  const rare = counts.filter(({ images }) => images < few).length;
  const rareWords = rare === 0 ? '' : `; ${rare} of ${classes.length} classes have fewer than ${few}`;
  return `Train has ${counted(most.images, 'image')} of ${code(most.name)} and ${whole(least.images)} of ${code(least.name)}${rareWords}.`;
};

const absent: Finding = ({ classes }) => {
  const missing = SPLITS.flatMap((split) => {
    const names = classes.filter(({ images }) => images[split] === 0).map(({ name }) => code(name));
    return names.length === 0 ? [] : [`${split} has no image of ${listed(names, 'or')}`];
  });
  const sentence = missing.join('; ');
  return sentence === '' ? null : `${sentence[0]?.toUpperCase()}${sentence.slice(1)}.`;
};

const copies: Finding = ({ duplicates: { withinSplit }, dataset: { images } }) =>
  total(withinSplit) === 0
    ? 'No image has a near-duplicate in its own split.'
    : `${percent(total(withinSplit) / total(images))} of the images have a near-duplicate in their own split: they are fewer independent observations than files, and a split at random would put copies on both sides.`;

const leaks: Finding = ({ duplicates: { acrossSplits }, dataset: { images } }) => {
  const later = (['val', 'test'] as const).map((split) => {
    const found = acrossSplits.filter(({ second }) => second.split === split).length;
    return `${counted(found, 'image')} of ${split} (${percent(found / images[split])})`;
  });
  return acrossSplits.length === 0
    ? 'No image of val or test has a near-duplicate in an earlier split.'
    : `${listed(later)} ${acrossSplits.length === 1 ? 'has' : 'have'} a near-duplicate in an earlier split.`;
};

const conflicts: Finding = ({ duplicates: { conflicts } }) => {
  if (conflicts.length === 0) return 'No near-duplicates have different labels.';
  const pairs = rollups(conflicts, (members) => members.length, classPair);
  const most = greatest(pairs, ([, count]) => count);
  const worst = most === undefined ? '' : `, ${whole(most[1])} of them ${most[0]}`;
  return `${counted(conflicts.length, 'pair')} of near-duplicates ${conflicts.length === 1 ? 'has' : 'have'} different labels${worst}: a label is wrong there, or the line between the classes is not sharp.`;
};

function classPair({ first, second }: SimilarPair): string {
  return [first.class, second.class].sort().map(code).join(' against ');
}

const light: Finding = ({ appearance: { splits }, shift }) => {
  const means = eachSplit((split) => splits[split].brightness.mean.toFixed(0));
  const moved = shift.map(
    ({ first, second, brightness }) => `${brightness.wasserstein.toFixed(1)} between ${first} and ${second}`,
  );
  return `Mean brightness (0 to 255) is ${means}; the Wasserstein distances are ${listed(moved)}.`;
};

/** What the normalisation, whose numbers are fixed, makes of the pixels of train. */
const values: Finding = ({ appearance: { channels } }) => {
  const { mean, sd } = channels.train;
  const normalised = mean.map((value) => decimal((value / 255 - normalization.mean) / normalization.std));
  const spread = sd.map((value) => decimal(value / 255 / normalization.std));
  return `Normalised as the models do it, red, green and blue of train have means of ${listed(normalised)} and standard deviations of ${listed(spread)}.`;
};

const shape: Finding = ({ files: { width, height, dimensions, channels } }) => {
  const elongation = Math.max(
    ...dimensions.map((size) => Math.max(size.width / size.height, size.height / size.width)),
  );
  const grey = channels.find((item) => item.channels === 1);
  const greyWords =
    grey === undefined
      ? ''
      : ` ${counted(total(grey.images), 'file')} ${total(grey.images) === 1 ? 'is' : 'are'} grey.`;
  return `Widths are ${range(width)} and heights ${range(height)} pixels; making them square stretches by up to ${decimal(elongation)}.${greyWords}`;
};

function range({ least, most }: { readonly least: number; readonly most: number }): string {
  return least === most ? whole(least) : `${whole(least)} to ${whole(most)}`;
}

/** '62.5 % of train, 5.3 % of val and 19.5 % of test'. */
function eachSplit(value: (split: Split) => string): string {
  return listed(SPLITS.map((split) => `${value(split)} of ${split}`));
}
