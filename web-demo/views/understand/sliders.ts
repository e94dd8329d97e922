/** The sliders that transform an image. */
import type { Transformation } from '../../images/transform.ts';
import type { Range } from '../../ui/slider.tsx';

export type Parameter = keyof Transformation;

/** Of a photograph of 256 pixels the steps are a pixel or two. */
export const ranges: { readonly [P in Parameter]: Range } = {
  shiftX: { label: 'Shift right', unit: ' %', min: -50, max: 50, step: 1 },
  shiftY: { label: 'Shift down', unit: ' %', min: -50, max: 50, step: 1 },
  rotation: { label: 'Rotate', unit: '°', min: -180, max: 180, step: 1 },
  blur: { label: 'Blur', unit: ' %', min: 0, max: 5, step: 0.1 },
  cover: { label: 'Cover: size', unit: ' %', min: 0, max: 100, step: 1 },
  coverX: { label: 'Cover: across', unit: ' %', min: 0, max: 100, step: 1 },
  coverY: { label: 'Cover: down', unit: ' %', min: 0, max: 100, step: 1 },
};

/** In the order of the page. */
export const parameters: readonly Parameter[] = [
  'shiftX',
  'shiftY',
  'rotation',
  'blur',
  'cover',
  'coverX',
  'coverY',
];
