/** Accuracies that others have published on the same split of the same images. */

/** Fingerprint of these images, all of them in their lists' order. */
export const publishedOn = 'ca9a3ee9e96af9a3b3678a9b41b6211b38f80ee20640a7f755939213a21be56d';

export interface Published {
  readonly method: string;
  /** In percent. */
  readonly test: number;
  readonly val: number | null;
  /** Whether its weights were trained on ImageNet first; null where there are no weights to be trained. */
  readonly imageNet: boolean | null;
  readonly source: string;
}

const deepMars =
  'Wagstaff et al. 2018, Deep Mars: CNN classification of Mars imagery for the PDS Imaging Atlas, IAAI';

/** From the least to the most accurate. */
export const published: readonly Published[] = [
  {
    method: 'classifier on handcrafted features',
    test: 50,
    val: null,
    imageNet: null,
    source: deepMars,
  },
  {
    method: 'MSLNet of 2018: AlexNet, fine-tuned',
    test: 66.7,
    val: 72.8,
    imageNet: true,
    source: deepMars,
  },
  {
    method: 'MSLNet of 2019: AlexNet, fine-tuned further',
    test: 76.9,
    val: null,
    imageNet: true,
    source:
      'Lu et al. 2019, Improved content-based image classifiers for the PDS Image Atlas; described in Wagstaff et al. 2021, Mars image content classification: three years of NASA deployment and recent advances, https://arxiv.org/abs/2102.05011',
  },
  {
    method: 'MRSCAtt: ResNet-50 with spatial and channel attention',
    test: 81.5,
    val: null,
    imageNet: true,
    source:
      'Chakravarthy, Roy and Ravirathinam 2021, MRSCAtt: a spatio-channel attention-guided network for Mars rover image classification, CVPR Workshops, 1961-1970',
  },
];
