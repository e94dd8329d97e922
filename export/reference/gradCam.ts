/**
 * The reference of an explanation: PyTorch's Grad-CAM of cnn3x3 at 64x64 with the weights of seed 1, on a drawn image,
 * for each of 3 classes. `npm run reference` writes gradCam.json anew with python3-torch.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { cnn3x3 } from '../../dsl/zoo.ts';
import { gridOf, layerOf } from '../featureGraph.ts';
import { initialize } from '../initialize.ts';
import { findPython } from './python.ts';
import { type GradCamRequest, torchGradCam } from './torchGradCam.ts';

const schema = z.object({
  /** The layer that the maps are of. */
  layer: z.string(),
  height: z.int(),
  width: z.int(),
  /** For each class, in their order, `height * width` numbers, row by row. */
  maps: z.array(z.array(z.number())),
});
export type GradCamReference = z.infer<typeof schema>;

const model = cnn3x3({ size: 64, classes: 3 });
const layer = 'relu4';

/** What the reference is of, for one of the classes. */
export function gradCamRequest(label: number): GradCamRequest {
  return { model, weights: initialize(model, 1), images: drawing(64), label, layer };
}

/** uint8 `[1, size, size, 3]`: a bright ring, off the centre, over sand that darkens downwards. */
function drawing(size: number): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const [row, column, channel] = [Math.floor(i / (3 * size)), Math.floor(i / 3) % size, i % 3];
    const fromCentre = (8 * row - 3 * size) ** 2 + (8 * column - 5 * size) ** 2;
    const onRing = fromCentre > (1.2 * size) ** 2 && fromCentre < (2 * size) ** 2;
    return onRing ? 230 - 20 * channel : 190 - 45 * channel - row;
  });
}

/** What PyTorch makes of it. */
export function askGradCam(python: string): GradCamReference {
  const requests = Array.from({ length: model.classes }, (_, label) => gradCamRequest(label));
  const maps = torchGradCam(python, requests).map((map) => Array.from(map, (x) => Number(x.toPrecision(9))));
  return { layer, ...gridOf(layerOf(model, layer)), maps };
}

const file = new URL('./gradCam.json', import.meta.url);

export function readGradCam(): GradCamReference {
  return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const python = findPython('torch');
  if (python === undefined) throw new Error('no Python with torch: apt-get install python3-torch');
  writeFileSync(file, `${JSON.stringify(askGradCam(python))}\n`);
  console.log(`wrote ${fileURLToPath(file)}`);
}
