import { fileURLToPath } from 'node:url';

/**
 * The model that ships with the project: `marsnet` on the Mars images, float16 weights, of three seeds the best on val.
 * Made by `npm run train -- marsnet --config results/marsnet/recipe.json`; what it can do is in MODEL_CARD.md beside it.
 */
export const defaultModel = fileURLToPath(new URL('../results/marsnet/marsnet.onnx', import.meta.url));
