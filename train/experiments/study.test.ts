/** A study says what it varies, and is refused when that is not one thing. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { toArchitecture } from '../../dsl/architecture.ts';
import { thrownBy } from '../../dsl/testing/thrownBy.ts';
import { zoo } from '../../dsl/zoo.ts';
import { planRuns, work } from './plan.ts';
import { differences, readSettings } from './settings.ts';
import { checkStudy, readStudy, type StudyFile } from './study.ts';

const small = {
  name: 'small',
  title: 'Small',
  seeds: [1, 2],
  base: { size: 16, epochs: 2 },
  variants: {
    dense: { network: { family: 'dense' } },
    conv: {},
    wide: { network: { width: 64 } },
    'wide-deep': { network: { width: 64, blocks: 3 } },
  },
  experiments: {
    architecture: { question: 'Convolve?', factor: 'network.family', variants: ['dense', 'conv'] },
    width: { question: 'How wide?', factor: 'network.width', variants: ['conv', 'wide'], seeds: [2, 3] },
    depth: { question: 'How deep?', factor: 'network.blocks', variants: ['wide', 'wide-deep'], seeds: [3] },
  },
} satisfies StudyFile;

function problemOf(changed: object) {
  return thrownBy(() => checkStudy({ ...small, ...changed }, 'small.ts')).problem;
}

describe('the declared studies', () => {
  const folder = new URL('./studies/', import.meta.url);

  it.each(readdirSync(folder))('%s is a study', async (file) => {
    const study = await readStudy(fileURLToPath(new URL(file, folder)));
    expect(planRuns(study, 24).length).toBeGreaterThan(10);
    for (const name of study.keep) expect(study.variants.has(name)).toBe(true);
  });

  it('train the very networks of the zoo', async () => {
    const study = await readStudy(fileURLToPath(new URL('mars.ts', folder)));
    const planned = planRuns(study, 24);
    const { marsnet: _, ...studied } = zoo;
    for (const [name, declare] of Object.entries(studied)) {
      const run = planned.find(({ variant }) => variant === name);
      expect(run).toBeDefined();
      if (run === undefined) continue;
      const { layers } = toArchitecture(run.model);
      expect(layers).toEqual(toArchitecture(declare({ size: 64, classes: 24 })).layers);
    }
  });
});

describe('a plan', () => {
  it('has each variant and seed once, experiment by experiment and seed by seed', () => {
    const planned = planRuns(checkStudy(small, 'small.ts'), 3);
    expect(planned.map(({ variant, seed }) => `${variant} ${seed}`)).toEqual([
      'dense 1',
      'conv 1',
      'dense 2',
      'conv 2',
      'wide 2',
      'conv 3',
      'wide 3',
      'wide-deep 3',
    ]);
    expect(planned[1]?.model.classes).toBe(3);
    expect(planned[1]?.settings).toMatchObject({ size: 16, epochs: 2, batch: 32 });
    expect(planned[1]?.settings.learningRate).toBe(0.001);
  });

  it('counts more work where the network is larger, or trains longer', () => {
    const [dense, conv, , , wide] = planRuns(checkStudy(small, 'small.ts'), 3);
    if (dense === undefined || conv === undefined || wide === undefined) throw new Error('no plan');
    expect(work(wide, 100)).toBeGreaterThan(work(conv, 100));
    expect(work(conv, 200)).toBeCloseTo(2 * work(conv, 100));
  });
});

describe('settings', () => {
  it('of another family differ in the family alone, of another optimizer in its name', () => {
    const study = checkStudy(small, 'small.ts');
    const [dense, conv, wide, deep] = study.variants.values();
    const sgd = readSettings(small.base, { optimizer: { name: 'sgd' } }, 'small.ts');
    expect(differences(dense, conv)).toEqual(['network.family']);
    expect(differences(conv, wide)).toEqual(['network.width']);
    expect(differences(conv, deep)).toEqual(['network.blocks', 'network.width']);
    // The rate's default is the optimizer's: that it changes too is a second difference.
    expect(differences(conv, sgd)).toEqual(['optimizer.name', 'learningRate']);
    expect(differences(conv, conv)).toEqual([]);
  });
});

describe('a study is refused', () => {
  it('if an experiment varies two things, with both and their values', () => {
    const problem = problemOf({
      experiments: {
        size: { question: '?', factor: 'network.width', variants: ['conv', 'wide', 'wide-deep'] },
      },
    });
    expect(problem.where).toBe('experiments.size in small.ts');
    expect(problem.expected).toBe('variants that differ in network.width alone');
    expect(problem.found).toBe(
      'conv and wide-deep, which differ in network.blocks (4, 3) and network.width (32, 64)',
    );
  });

  it('if its factor is a whole section, of which two settings vary', () => {
    const { found } = problemOf({
      experiments: { all: { question: '?', factor: 'network', variants: ['conv', 'wide-deep'] } },
    });
    expect(found).toContain('network.blocks (4, 3) and network.width (32, 64)');
  });

  it('if another kind changes what both kinds have', () => {
    const { found } = problemOf({
      base: { ...small.base, schedule: { name: 'cosine', warmupEpochs: 1 } },
      variants: { ...small.variants, step: { schedule: { name: 'step' } } },
      experiments: { schedule: { question: '?', factor: 'schedule', variants: ['conv', 'step'] } },
    });
    expect(found).toContain('schedule.warmupEpochs (1, 0)');
  });

  it('if an experiment varies another thing than it says', () => {
    const { found } = problemOf({
      experiments: { size: { question: '?', factor: 'network.kernel', variants: ['conv', 'wide'] } },
    });
    expect(found).toBe('conv and wide, which differ in network.width (32, 64)');
  });

  it('if two variants are the same', () => {
    const { found } = problemOf({
      variants: { ...small.variants, again: { network: { width: 32 } } },
      experiments: { size: { question: '?', factor: 'network.width', variants: ['conv', 'again'] } },
    });
    expect(found).toBe('conv and again, which are the same');
  });

  it.each([
    [{ seeds: [] }, 'seeds in small.ts'],
    [{ seeds: [1.5] }, 'seeds.0 in small.ts'],
    [{ name: 'a/b' }, 'name in small.ts'],
    [{ base: { epochs: 0 } }, 'epochs in base of small.ts'],
    [{ base: { epochz: 3 } }, 'epochz in base of small.ts'],
    [
      { variants: { ...small.variants, conv: { network: { kernal: 3 } } } },
      'network.kernal in variants.conv of small.ts',
    ],
    [{ variants: { ...small.variants, conv: { network: 3 } } }, 'network in variants.conv of small.ts'],
    [{ variants: { ...small.variants, conv: { seed: 3 } } }, 'seed in variants.conv of small.ts'],
    [{ variants: { ...small.variants, conv: 3 } }, 'variants.conv in small.ts'],
    [{ keep: ['convv'] }, 'keep.0 in small.ts'],
    [{ variants: { ...small.variants, idle: { epochs: 3 } } }, 'variants.idle in small.ts'],
    [
      {
        variants: { ...small.variants, dense: { network: { family: 'dense' }, permutePixels: true } },
        keep: ['dense'],
      },
      'keep.0 in small.ts',
    ],
    [
      { base: { ...small.base, permutePixels: true, augmentation: 'light' } },
      'augmentation in base of small.ts',
    ],
    [
      { experiments: { a: { question: '?', factor: 'network.width', variants: ['conv', 'wid'] } } },
      'experiments.a.variants.1 in small.ts',
    ],
    [
      { experiments: { a: { question: '?', factor: 'network.width', variants: ['conv'] } } },
      'experiments.a.variants in small.ts',
    ],
    [{ repeats: 3 }, 'repeats in small.ts'],
  ])('%j, by the path of the wrong field', (changed, where) => {
    expect(problemOf(changed).where).toBe(where);
  });

  it.each([[3], [[]], ['x'], [undefined]])('that is %j', (declared) => {
    expect(thrownBy(() => checkStudy(declared, 'small.ts')).problem.where).toBe('small.ts');
  });

  it('if its kernels are not one for each block', () => {
    const study = checkStudy(
      {
        ...small,
        variants: { conv: {}, wide: { network: { kernel: [3, 5] } } },
        experiments: { kernel: { question: '?', factor: 'network.kernel', variants: ['conv', 'wide'] } },
      },
      'small.ts',
    );
    const { where, found } = thrownBy(() => planRuns(study, 3)).problem;
    expect(where).toBe('variants.wide.network, kernel of wide');
    expect(found).toBe('2: 3, 5');
  });
});
