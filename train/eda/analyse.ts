/** From what was measured of each image to the numbers of the report. */
import { AreographError } from '../../dsl/errors.ts';
import type { Dataset } from '../data/dataset.ts';
import { bySplit, SPLITS } from '../data/listing.ts';
import { appearanceFacts } from './appearanceFacts.ts';
import { findDuplicates } from './duplicates.ts';
import { fileFacts } from './fileFacts.ts';
import { nameFacts } from './nameFacts.ts';
import type { Observations } from './observe.ts';
import type { Counts, Eda } from './schema.ts';
import { shifts } from './shift.ts';
import { labelledFile } from './splitPairs.ts';

/** @throws AreographError 'dataset' if of some split no image can be read */
export function analyse(dataset: Dataset, { images, bad }: Observations): Eda {
  for (const split of SPLITS) {
    if (!images.some((image) => image.split === split)) throw unreadableSplit(dataset, split, bad[0]?.reason);
  }
  const classes = dataset.classes.map((name, label) => ({
    name,
    images: bySplit((split) => dataset.splits[split].filter((example) => example.label === label).length),
  }));
  const names = nameFacts(images);
  return {
    format: 1,
    dataset: {
      name: dataset.name,
      fingerprint: dataset.fingerprint,
      synthetic: dataset.synthetic,
      images: bySplit((split) => dataset.splits[split].length),
    },
    unreadable: bad.map((image) => ({ ...labelledFile(image, dataset.classes), reason: image.reason })),
    classes,
    majority: majorityOf(classes, dataset),
    files: fileFacts(images),
    names,
    appearance: appearanceFacts(images, dataset.classes),
    duplicates: findDuplicates(images, dataset.classes),
    shift: shifts(
      images,
      classes.map((item) => item.images),
      names?.instruments.map((item) => item.images) ?? null,
    ),
  };
}

function majorityOf(
  classes: readonly { readonly name: string; readonly images: Counts }[],
  { splits }: Dataset,
): Eda['majority'] {
  // Of equally frequent ones the first, as an argmax takes it.
  const most = classes.reduce((best, item) => (item.images.train > best.images.train ? item : best));
  return {
    class: most.name,
    accuracy: bySplit((split) => most.images[split] / splits[split].length),
  };
}

function unreadableSplit({ directory }: Dataset, split: string, reason: string | undefined): AreographError {
  return new AreographError({
    code: 'dataset',
    where: directory,
    expected: `images in ${split} that can be read`,
    found: `none${reason === undefined ? '' : `; the first has ${reason}`}`,
    next: 'Open one in an image viewer, or fetch or unpack the data set again.',
  });
}
