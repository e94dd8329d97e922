import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../dsl/testing/thrownBy.ts';
import { temporaryFolder } from '../data/fixtures.ts';
import { projectRoot } from '../data/projectRoot.ts';
import {
  type Int8Results,
  int8ResultsFile,
  leastAgreement,
  readInt8Results,
  sha256,
  weightTypeFor,
} from './int8Results.ts';

const bytes = Uint8Array.of(1, 2, 3);

function results(agreement: number): Int8Results {
  const stored = { bytes: 1, accuracy: 0.5, agreement: 1, largestChange: 0 };
  const model = {
    sha256: sha256(bytes),
    bytes: 3,
    accuracy: 0.5,
    weights: { float16: stored, int8: { ...stored, agreement } },
  };
  return {
    format: 1,
    environment: { node: 'v20.15.0' },
    data: { name: 'drawings', fingerprint: 'f', synthetic: true, split: 'val', images: 1000 },
    models: { cnn: model },
  };
}

describe('int8 weights are taken', () => {
  it('where enough images keep their class', () => {
    expect(weightTypeFor(results(1), 'cnn', bytes)).toBe('int8');
    expect(weightTypeFor(results(leastAgreement), 'cnn', bytes)).toBe('int8');
    expect(weightTypeFor(results(0.989), 'cnn', bytes)).toBe('float16');
  });

  it('not for a model that was not measured, or has changed since', () => {
    expect(weightTypeFor(results(1), 'other', bytes)).toBe('float16');
    expect(weightTypeFor(results(1), 'cnn', Uint8Array.of(1, 2, 4))).toBe('float16');
  });
});

describe('the results', () => {
  it('are read as they were written, and refused otherwise', () => {
    const file = join(temporaryFolder(), 'int8.json');
    expect(thrownBy(() => readInt8Results(file)).problem).toMatchObject({ code: 'run', where: file });
    writeFileSync(file, JSON.stringify(results(0.995)));
    expect(readInt8Results(file)).toEqual(results(0.995));
    writeFileSync(file, JSON.stringify({ ...results(1), format: 2 }));
    expect(thrownBy(() => readInt8Results(file)).problem.found).toMatch(/format/);
    writeFileSync(file, '{"format": 1');
    expect(thrownBy(() => readInt8Results(file)).problem.code).toBe('run');
  });

  it('that are kept are of the models that are kept', () => {
    expect(existsSync(int8ResultsFile)).toBe(true);
    const { models, data } = readInt8Results();
    const folder = join(projectRoot, 'results', 'mars', 'models');
    const files = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
    expect(Object.keys(models)).toEqual(files.map((name) => basename(name, '.onnx')).sort());
    for (const name of files) {
      const own = models[basename(name, '.onnx')];
      expect(own?.sha256, name).toBe(sha256(readFileSync(join(folder, name))));
    }
    expect(data).toMatchObject({ synthetic: false, images: 1640 });
  });
});
