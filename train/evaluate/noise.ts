/** Noise of three kinds. */
import { randomNormal } from 'd3-random';
import { smoothNoise } from '../data/smoothNoise.ts';
import type { Drawing } from './drawn.ts';

/** Each value of each pixel on its own, all as likely. */
export const uniformNoise: Drawing = (random) => {
  const value = () => random.between(0, 256);
  return () => [value(), value(), value()];
};

/** Each value of each pixel on its own, about the middle with a standard deviation of a quarter of the range. */
export const gaussianNoise: Drawing = (random) => {
  const value = randomNormal.source(() => random.between(0, 1))(127.5, 64);
  return () => [value(), value(), value()];
};

/** Clouds of colour: in each channel random values on a grid of 3 to 12 cells, interpolated. */
export const smoothColours: Drawing = (random) => {
  const cells = random.integer(3, 12);
  const channel = () => {
    const surface = smoothNoise(random, cells);
    return (u: number, v: number) => 127.5 + 127.5 * surface(u, v);
  };
  const [red, green, blue] = [channel(), channel(), channel()];
  return (u, v) => [red(u, v), green(u, v), blue(u, v)];
};
