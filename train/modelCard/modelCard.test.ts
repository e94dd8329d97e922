/** The card, from evaluations as they could be kept. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../dsl/testing/thrownBy.ts';
import { temporaryFolder, writeFiles } from '../data/fixtures.ts';
import { modelCard } from './card.ts';
import { mediansOf } from './compression.ts';
import { errorsOfRareClasses, failures } from './failures.ts';
import { readModelResults } from './results.ts';
import { type Fake, fakeEvaluation } from './testing/fakeEvaluation.ts';

const seeds: readonly Fake[] = [
  // The most accurate on val is not the most accurate on test.
  { seed: 1, skill: { val: 0.6, test: 0.8 } },
  { seed: 2, skill: { val: 0.7, test: 0.6 } },
  { seed: 3, skill: { val: 0.65, test: 0.7 } },
];

function kept(runs: readonly Fake[], tried: Readonly<Record<string, Fake>> = {}): string {
  const folder = temporaryFolder();
  const json = (fake: Fake) => JSON.stringify(fakeEvaluation(fake));
  writeFiles(folder, {
    ...Object.fromEntries(runs.map((fake, i) => [`runs/${9 - i}.json`, json(fake)])),
    ...Object.fromEntries(Object.entries(tried).map(([name, fake]) => [`tried/${name}.json`, json(fake)])),
  });
  return folder;
}

async function cardOf(folder: string, isDefault = true) {
  const results = readModelResults(folder);
  const card = await modelCard({ results, folder: 'results/x', isDefault });
  return { results, ...card };
}

/** The cells of a table's row that begins so. */
function cells(markdown: string, first: string): string[] {
  const line = markdown.split('\n').find((text) => text.startsWith(`| ${first} `)) ?? '';
  return line.split('|').map((cell) => cell.trim());
}

/** Share of the images of test (100) that are right: of the first, which are right, and of ground among the others. */
const accuracies = { 1: 0.8, 2: 0.6, 3: 0.7 } as const;

describe('the card', () => {
  it('has means, ranges and intervals over the seeds', async () => {
    const { markdown, results } = await cardOf(kept(seeds));
    expect(results.runs.map(({ evaluation }) => evaluation.config.seed)).toEqual([1, 2, 3]);
    for (const { evaluation } of results.runs) {
      const { seed } = evaluation.config;
      if (seed === 1 || seed === 2 || seed === 3) {
        expect(evaluation.splits.test.accuracy).toBeCloseTo(accuracies[seed], 12);
      }
    }
    // 0.6, 0.7 and 0.8: mean 0.7, s = 0.1; t(0.975, 2) is 4.302653, so the half is 24.84 points.
    const [, , mean, range, interval] = cells(markdown, 'accuracy (%)');
    expect([mean, range, interval]).toEqual(['70.0', '60.0 to 80.0', '45.2 to 94.8']);
    expect(markdown).toContain('Student');
  });

  it('ships the run that is best on val, though another is better on test', async () => {
    const { markdown, results } = await cardOf(kept(seeds));
    expect(results.shipped.evaluation.config.seed).toBe(2);
    expect(markdown).toContain('the file of seed 2 ships');
    expect(cells(markdown, 'accuracy (%)')[5]).toBe('60.0');
  });

  it('says nothing that is not there', async () => {
    const plain = { temperature: 1, energyThreshold: null, sun: false };
    for (const folder of [
      kept(seeds),
      kept([{ seed: 4, skill: { val: 0, test: 0.1 }, ...plain, fingerprint: 'e'.repeat(64) }]),
    ]) {
      const { markdown, figures } = await cardOf(folder);
      expect(markdown).not.toMatch(/undefined|NaN|null|Infinity/);
      expect(figures.map(({ file }) => file)).toEqual([
        '01-reliability.svg',
        '02-coverage.svg',
        '03-recall.svg',
        '04-confusion.svg',
        '05-energy.svg',
      ]);
      for (const { file, content } of figures) {
        expect(markdown).toContain(`figures/${file}`);
        expect(`${content}`).not.toMatch(/undefined|NaN/);
      }
    }
  });

  it('words temperature, threshold and sun by what the file has', async () => {
    const with1 = await cardOf(kept(seeds));
    expect(with1.markdown).toContain('divided by a temperature of 1.500');
    expect(with1.markdown).toContain('The threshold in the file is -2.000');
    expect(with1.markdown).not.toContain('pictures of the sun were not there');
    const plain = { temperature: 1, energyThreshold: null, sun: false };
    const without = await cardOf(kept(seeds.map((fake) => ({ ...fake, ...plain }))));
    expect(without.markdown).toContain('The file has no temperature');
    expect(without.markdown).toContain('The file has no threshold');
    expect(without.markdown).toContain('pictures of the sun were not there');
  });

  it('sets only the published images beside published numbers', async () => {
    const { markdown } = await cardOf(kept(seeds));
    expect(cells(markdown, 'made-up-net, mean over 3 seeds').slice(2, 5)).toEqual(['no', '65.0', '70.0']);
    expect(cells(markdown, 'MSLNet of 2018: AlexNet, fine-tuned').slice(2, 5)).toEqual([
      'yes',
      '72.8',
      '66.7',
    ]);
    const others = await cardOf(kept(seeds.map((fake) => ({ ...fake, fingerprint: 'e'.repeat(64) }))));
    expect(others.markdown).toContain('None are of these images');
    expect(others.markdown).not.toContain('MSLNet');
  });

  it('says which files are missing, and what makes them', async () => {
    const folder = kept(seeds);
    const { markdown } = await cardOf(folder, false);
    expect(markdown).toContain('`recipe.json` is not in results/x');
    expect(markdown).toContain('`npm run compress -- MODEL.onnx --out results/x/compression.json`');
    expect(markdown).toContain('No other runs are kept');
    expect(markdown).toContain('npm run classify -- photo.jpg --model');

    const latencyMs = { one: { median: 4.25, ratio: 1 }, sixteen: { median: 40, ratio: 1 } };
    const rows = [{ weights: 'float16', bytes: 2_500_000, val: 0.7, test: 0.6, agreement: 1, latencyMs }];
    writeFiles(folder, {
      'recipe.json': JSON.stringify({ model: 'marsnet', epochs: 40 }),
      'compression.json': JSON.stringify({ machine: { processor: 'made up' }, rows }),
    });
    const whole = await cardOf(folder);
    expect(whole.markdown).toContain('"epochs": 40');
    expect(cells(whole.markdown, 'float16').slice(2, 7)).toEqual([
      '2.50 MB',
      '70.0',
      '60.0',
      '4.25',
      '40.00',
    ]);
    expect(whole.markdown).not.toContain('is not in results/x');
  });

  it('says of what was tried how it differs, the best on val first', async () => {
    const skill = { val: 0.5, test: 0.5 };
    const folder = kept(seeds, {
      smooth: { seed: 1, skill, config: { loss: { labelSmoothing: 0 } } },
      better: { seed: 5, skill: { val: 0.9, test: 0.4 }, config: { learningRate: 0.1, mixup: 0.2 } },
    });
    const { markdown } = await cardOf(folder);
    expect(cells(markdown, 'smooth')[2]).toBe('loss.labelSmoothing 0 (0.1)');
    expect(cells(markdown, 'better')[2]).toBe('learningRate 0.1 (0.002); mixup 0.2 (not there)');
    expect(markdown.indexOf('| better')).toBeLessThan(markdown.indexOf('| smooth'));
    expect(markdown).toContain(
      'Of 2 runs of other recipes that are kept (below), one is more accurate on val',
    );
  });

  it('says what was chosen on held-out days, the most accurate first, and of what', async () => {
    const early = { config: { epochs: 3 }, fingerprint: 'e'.repeat(64) };
    const folder = kept(seeds);
    const runs = {
      a: { seed: 4, skill: { val: 0.9, test: 0.1 } },
      b: { seed: 5, skill: { val: 0.1, test: 0.9 } },
    };
    writeFiles(
      folder,
      Object.fromEntries(
        Object.entries(runs).map(([name, run]) => [
          `hold-out/${name}.json`,
          JSON.stringify(fakeEvaluation({ ...run, ...early })),
        ]),
      ),
    );
    const { markdown, results } = await cardOf(folder);
    expect(results.heldOut.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(markdown).toContain('The recipe was chosen by days held out of train and by val.');
    expect(markdown).toContain('npm run hold-out -- --until-sol 100 --out DIR');
    const [worse, best] = ['a', 'b'].map((name) => results.heldOut.find((run) => run.name === name));
    expect(best?.evaluation.splits.test.accuracy).toBe(0.9);
    expect(worse?.evaluation.splits.test.accuracy).toBeLessThan(0.9);
    expect(markdown).toMatch(/\| b *\| epochs 3 \(\d+\) *\| *5 \| *90\.0 \|/);

    writeFiles(folder, { 'hold-out/c.json': JSON.stringify(fakeEvaluation({ ...runs.a })) });
    expect(thrownBy(() => readModelResults(folder)).problem.expected).toContain('a run on the images of');
    expect((await cardOf(kept(seeds))).markdown).toContain('The recipe was chosen by val.');
  });

  it('says that val was trained on, where it was', async () => {
    const used = { selfTraining: { after: 10, confidence: 0.7 }, init: 'pretrained.safetensors' };
    const { markdown } = await cardOf(kept(seeds.map((fake) => ({ ...fake, config: used }))));
    expect(markdown).toContain('used the images of val without their labels');
    expect(markdown).toContain('began with the weights in `pretrained.safetensors`');
    expect((await cardOf(kept(seeds))).markdown).not.toContain('without their labels, under labels');
  });
});

describe('failures', () => {
  const evaluation = fakeEvaluation({ seed: 1, skill: { val: 0.6, test: 0.7 } });

  it('are the classes of lowest F1, with confusions, numbers and cameras', () => {
    // Test: 40 of ground and 30 of wheel, all right; 30 of drt side, all called ground.
    const [worst, next] = failures(evaluation, 2);
    expect(worst).toMatchObject({
      row: { name: 'drt side', learnt: { images: 4, exposures: 2 }, met: { images: 30, exposures: 15 } },
      f1: 0,
      confusions: [{ name: 'ground', share: 1 }],
      frequency: { train: 4 / 194, test: 0.3 },
      instruments: { variation: 1, grown: { name: 'MAHLI', train: 0, test: 1 } },
    });
    expect(next?.row.name).toBe('ground');
    // Rightly called so is no confusion.
    expect(next?.confusions).toEqual([]);
    expect(next?.f1).toBeCloseTo(80 / 110, 12);
    expect(next?.instruments?.variation).toBe(0);
    // drill holes have no test images, so they cannot fail there.
    expect(failures(evaluation, 9).map(({ row }) => row.name)).toEqual(['drt side', 'ground', 'wheel']);
  });

  it('count as of rare classes by the exposures of train', () => {
    expect(errorsOfRareClasses(evaluation, 3)).toBeCloseTo(1, 12);
    expect(errorsOfRareClasses(evaluation, 2)).toBe(0);
  });
});

it('mediansOf finds medians at any depth', () => {
  expect(mediansOf({ median: 3 })).toEqual([['', 3]]);
  expect(mediansOf({ cpu: { one: { median: 1, ratio: 2 }, note: 'x' }, wasm: { median: 5 } })).toEqual([
    ['cpu one', 1],
    ['wasm', 5],
  ]);
});

describe('readModelResults refuses', () => {
  const problemOf = (folder: string) => thrownBy(() => readModelResults(folder)).problem;
  const [first = { seed: 1, skill: { val: 0, test: 0 } }] = seeds;

  it('a folder without runs', () => {
    expect(problemOf(temporaryFolder())).toMatchObject({ code: 'run', found: 'none' });
  });

  it('runs on other images', () => {
    const other = { ...first, seed: 2, fingerprint: 'e'.repeat(64) };
    expect(problemOf(kept([first, other])).found).toContain('eeeeeeeeeeee');
    expect(problemOf(kept([first], { other })).where).toBe('other');
  });

  it('another recipe among the runs, and a seed that comes twice', () => {
    const other = { ...first, seed: 2, config: { learningRate: 1 } };
    expect(problemOf(kept([first, other])).found).toBe('another learningRate');
    expect(problemOf(kept([first, first])).found).toBe('seed 1 again');
    // Another machine is no other recipe.
    const elsewhere = { ...first, seed: 2, config: { environment: { processor: 'another' }, threads: 7 } };
    expect(readModelResults(kept([first, elsewhere])).runs).toHaveLength(2);
  });

  it('files that are damaged', () => {
    const folder = kept(seeds);
    writeFileSync(join(folder, 'compression.json'), '{"rows": [{}]}');
    expect(problemOf(folder).where).toBe(join(folder, 'compression.json'));
    writeFileSync(join(folder, 'compression.json'), '{');
    expect(problemOf(folder).code).toBe('run');
    writeFiles(folder, { 'runs/1.json': '{}' });
    expect(problemOf(folder).where).toBe(join(folder, 'runs', '1.json'));
  });
});

it('npm run model-card writes the card and its figures', () => {
  const folder = kept(seeds);
  const script = fileURLToPath(new URL('./modelCardCli.ts', import.meta.url));
  const run = (where: string) =>
    spawnSync(process.execPath, ['--import', 'tsx', script, where], { encoding: 'utf8' });
  const { status, stdout, stderr } = run(folder);
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('3 runs, 0 others; the file of seed 2 ships');
  expect(readFileSync(join(folder, 'MODEL_CARD.md'), 'utf8')).toMatch(/^# Model card: made-up-net\n/);
  expect(readdirSync(join(folder, 'figures'))).toHaveLength(5);
  expect(run(temporaryFolder()).stderr).toContain('npm run evaluate');
  expect(existsSync(join(folder, 'MODEL_CARD.html'))).toBe(true);
});
