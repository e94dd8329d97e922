/** The order of an epoch's images, in which every class counts the same, however many images it has. */
import { permutation, stream } from '../../export/random.ts';

/**
 * `length` images: the classes take turns, and each shows all of its images in random order before one comes again.
 *
 * @param labels the class of each image, 0 .. C - 1; every class has an image
 * @returns indices of images
 */
export function balancedOrder(labels: Int32Array, length: number, seed: number, epoch: number): Int32Array {
  const classes: number[][] = [];
  for (const [image, label] of labels.entries()) {
    const images = classes[label] ?? [];
    images.push(image);
    classes[label] = images;
  }
  const orders = classes.map((images, label) => {
    const wanted = Math.ceil(length / classes.length);
    const rounds = Array.from({ length: Math.ceil(wanted / images.length) }, (_, round) =>
      permutation(stream(seed, 'shuffle', epoch, label, round), images.length),
    );
    return rounds.flatMap((round) => Array.from(round, (place) => images[place] ?? 0));
  });
  return Int32Array.from({ length }, (_, position) => {
    const turn = Math.floor(position / classes.length);
    return orders[position % classes.length]?.[turn] ?? 0;
  });
}
