/**
 * The reference of a whole cnn3x3 training step: 16x16, batch 4, without dropout, on seeded noise.
 * `npm run reference` writes cnn3x3.json anew with python3-torch.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromArchitecture, toArchitecture } from '../../dsl/architecture.ts';
import type { Model } from '../../dsl/model.ts';
import { cnn3x3 } from '../../dsl/zoo.ts';
import { findPython } from './python.ts';
import { askTorch, type Reference, type ReferenceRequest, referenceSchema } from './torch.ts';

export const request = {
  batch: 4,
  steps: 3,
  samples: 512,
  optimizers: {
    sgd: { name: 'sgd', lr: 0.01, momentum: 0.9 },
    adam: { name: 'adam', lr: 0.001 },
    // Strong enough that a step without decay, or with decay of biases and norms, would be found out.
    adamw: { name: 'adamw', lr: 0.01, weight_decay: 1 },
  },
} as const satisfies ReferenceRequest;

/** Without dropout, because PyTorch draws other random numbers. */
export function withoutDropout(model: Model): Model {
  const architecture = toArchitecture(model);
  return fromArchitecture({
    ...architecture,
    layers: architecture.layers.map((layer) =>
      layer.kind === 'dropout' ? { ...layer, attributes: { rate: 0 } } : layer,
    ),
  });
}

/** cnn3x3 at 16x16. */
export function referenceModel(): Model {
  return withoutDropout(cnn3x3({ size: 16 }));
}

const file = new URL('./cnn3x3.json', import.meta.url);

export function readReference(): Reference {
  return referenceSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const python = findPython('torch');
  if (python === undefined) throw new Error('no Python with torch: apt-get install python3-torch');
  writeFileSync(file, `${JSON.stringify(askTorch(python, referenceModel(), request))}\n`);
  console.log(`wrote ${fileURLToPath(file)}`);
}
