/** Labelled images in the form that a network sees: what training and evaluation take, wherever they are kept. */
export interface Pixels {
  readonly count: number;
  /** Bytes of one image, uint8 `[height, width, 3]`. */
  readonly imageBytes: number;
  /** The class of each image. */
  readonly labels: Int32Array;
  /** Copies the images at `indices`, in that order, into `out`, which holds exactly that many. */
  read(indices: ArrayLike<number>, out: Uint8Array): void;
}
