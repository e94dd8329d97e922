import { fileURLToPath } from 'node:url';

/**
 * The model that ships with the project: `cnn3x3` at 64x64 on the Mars images, float16 weights, of three seeds the best on
 * val. Made by `npm run experiments -- --only architecture`.
 */
export const defaultModel = fileURLToPath(new URL('../results/mars/models/cnn3x3.onnx', import.meta.url));
