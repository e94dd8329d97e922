import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { zoo } from '../../../dsl/zoo.ts';
import { encodeModelFile } from '../../../export/modelFile.ts';
import { noiseWeights } from '../../../export/reference/noise.ts';
import { relativeError } from '../../../export/testing/run.ts';
import { temporaryFolder } from '../../data/fixtures.ts';
import { readKeptModels } from './keptModel.ts';

it('kept models are those that are there, in the order asked for, with weights that were halved', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'models'));
  for (const name of ['cnn3x3', 'baseline'] as const) {
    const model = zoo[name]({ size: 16, classes: 2 });
    const about = { classes: ['a', 'b'], provenance: {}, weightType: 'float16' } as const;
    const bytes = encodeModelFile(model, noiseWeights(model), { ...about, classes: [...about.classes] });
    writeFileSync(join(folder, 'models', `${name}.onnx`), bytes);
  }
  const kept = readKeptModels(folder, ['baseline', 'cnn7x7', 'cnn3x3']);
  expect(kept.map(({ variant }) => variant)).toEqual(['baseline', 'cnn3x3']);
  for (const { model, weights } of kept) {
    for (const [name, expected] of noiseWeights(model)) {
      expect(relativeError(weights.get(name) ?? [], expected), name).toBeLessThan(2 ** -11);
    }
  }
});
