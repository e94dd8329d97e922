/** A study's runs: kept one by one, gone on with after a kill, and never mixed with those of other data or code. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readModelMetadata } from '../../export/modelFile.ts';
import { decodeInitializers } from '../../export/onnx.ts';
import { readDataset } from '../data/dataset.ts';
import { failureOf, temporaryFolder } from '../data/fixtures.ts';
import { drawColours, type Finished, TrainProcess } from '../testing.ts';
import { openResults, writeDeclaration } from './openResults.ts';
import { type PlannedRun, planRuns } from './plan.ts';
import { runOne } from './runOne.ts';
import { runStudy } from './runStudy.ts';
import { checkStudy, type StudyFile } from './study.ts';
import { readStudyResults } from './studyResults.ts';

const declared = {
  name: 'small',
  title: 'Small',
  seeds: [1, 2],
  base: { size: 16, epochs: 2, batch: 8, learningRate: 0.0001 },
  variants: {
    dense: { network: { family: 'dense' } },
    conv: { network: { blocks: 2, width: 4 } },
    permuted: { network: { blocks: 2, width: 4 }, permutePixels: true },
  },
  experiments: {
    architecture: { question: 'Convolve?', factor: 'network.family', variants: ['dense', 'conv'] },
    pixels: { question: 'Where?', factor: 'permutePixels', variants: ['conv', 'permuted'], seeds: [1] },
  },
  keep: ['conv'],
} satisfies StudyFile;

const counts = { train: 24, val: 4, test: 5 };

async function prepare(changed: Partial<StudyFile> = {}) {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  await drawColours(data, counts);
  const study = checkStudy({ ...declared, ...changed }, 'small.ts');
  return { folder, data, study, out: join(folder, 'results') };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

async function open({ data, study, out }: Prepared) {
  const dataset = readDataset(data);
  const planned = planRuns(study, dataset.classes.length);
  return { dataset, planned, results: await openResults(out, study, planned, dataset, 'cpu') };
}

async function run(prepared: Prepared, signal = new AbortController().signal): Promise<boolean> {
  const { dataset, planned, results } = await open(prepared);
  writeDeclaration(results.folder, prepared.study, planned, dataset);
  const { finished, failed } = await runStudy({
    planned,
    results,
    keep: prepared.study.keep,
    dataset,
    work: join(prepared.folder, 'work'),
    machine: { device: 'cpu', threads: 1 },
    signal,
  });
  expect(failed).toEqual([]);
  return finished;
}

function accuracy(labels: readonly number[], predictions: readonly number[]): number {
  return labels.filter((label, image) => predictions[image] === label).length / labels.length;
}

/** Without what may differ between two runs of the same: times. */
function lasting(out: string) {
  return readStudyResults(out).results.map(({ finished: _, epochs, ...result }) => ({
    ...result,
    epochs: epochs.map(({ seconds: __, imagesPerSecond: ___, ...epoch }) => epoch),
  }));
}

describe('a study', () => {
  it('keeps what each run came to, and the model of the seed that is best on val', async () => {
    const prepared = await prepare();
    expect(await run(prepared)).toBe(true);
    const { dataset, results, study } = readStudyResults(prepared.out);
    expect(results.map(({ variant, seed }) => `${variant} ${seed}`)).toEqual([
      'conv 1',
      'conv 2',
      'dense 1',
      'dense 2',
      'permuted 1',
    ]);
    expect(Object.keys(study.variants)).toEqual(['dense', 'conv', 'permuted']);
    expect(dataset.splits.test.labels).toHaveLength(3 * counts.test);

    for (const { epochs, splits, bestEpoch, shifts, variant } of results) {
      expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
      expect(splits.train.predictions).toHaveLength(3 * counts.train);
      // What was evaluated is what training saw of val in that epoch.
      const best = epochs.find(({ epoch }) => epoch === bestEpoch);
      expect(accuracy(dataset.splits.val.labels, splits.val.predictions)).toBeCloseTo(
        best?.val.accuracy ?? -1,
      );
      expect(splits.val.loss).toBeCloseTo(best?.val.loss ?? -1);
      expect(shifts.map(({ dx, dy }) => [dx, dy])).toEqual(
        variant === 'permuted'
          ? []
          : [1, 2, 4].flatMap((d) => [
              [d, 0],
              [-d, 0],
              [0, d],
              [0, -d],
            ]),
      );
    }

    const file = join(prepared.out, 'models', 'conv.onnx');
    const metadata = readModelMetadata(readFileSync(file), file);
    const vals = results
      .filter(({ variant }) => variant === 'conv')
      .map(({ seed, splits }) => ({
        seed,
        val: accuracy(dataset.splits.val.labels, splits.val.predictions),
      }));
    const [first, second] = vals;
    expect(first?.val).not.toBe(second?.val);
    const best = (second?.val ?? 0) > (first?.val ?? 0) ? second : first;
    expect(metadata.provenance).toMatchObject({ seed: best?.seed, valAccuracy: best?.val });
    expect(existsSync(join(prepared.out, 'models', 'dense.onnx'))).toBe(false);
    expect(decodeInitializers(readFileSync(file), file).size).toBeGreaterThan(5);
    expect(existsSync(join(prepared.folder, 'work', 'conv.1'))).toBe(false);
  });

  it('does only what is missing, and again what is half-written', async () => {
    const prepared = await prepare();
    await run(prepared);
    const before = lasting(prepared.out);
    const file = (name: string) => join(prepared.out, 'runs', `${name}.json`);
    rmSync(file('dense.2'));
    writeFileSync(file('conv.1'), readFileSync(file('conv.1'), 'utf8').slice(0, 300));
    const untouched = statSync(file('conv.2')).mtimeMs;

    const { results } = await open(prepared);
    expect([...results.done.keys()].sort()).toEqual(['conv.2', 'dense.1', 'permuted.1']);
    expect(results.notes).toEqual([expect.stringContaining('conv.1.json')]);
    await run(prepared);
    expect(lasting(prepared.out)).toEqual(before);
    expect(statSync(file('conv.2')).mtimeMs).toBe(untouched);
  });

  it('that is told to stop goes on later, to the same', async () => {
    const prepared = await prepare({ seeds: [1] });
    const controller = new AbortController();
    controller.abort();
    expect(await run(prepared, controller.signal)).toBe(false);
    expect(readStudyResults(prepared.out).results).toEqual([]);
    expect(await run(prepared)).toBe(true);
    const again = { ...prepared, out: join(prepared.folder, 'again') };
    await run(again);
    expect(lasting(again.out)).toEqual(lasting(prepared.out));
  });
});

describe('a run under way', () => {
  /** Begins the first run of the plan and stops after its first steps; then goes on with the changed settings. */
  async function interrupted(changed: Partial<StudyFile['base']> = {}) {
    const prepared = await prepare();
    const { dataset, planned } = await open(prepared);
    const again = checkStudy({ ...declared, base: { ...declared.base, ...changed } }, 'small.ts');
    const [first] = planned;
    const [second] = planRuns(again, dataset.classes.length);
    const controller = new AbortController();
    const steps: number[] = [];
    const notes: string[] = [];
    const doRun = (planned: PlannedRun | undefined, signal: AbortSignal, onSteps: (done: number) => void) => {
      if (planned === undefined) throw new Error('the study has runs');
      return runOne({
        run: planned,
        dataset,
        work: join(prepared.folder, 'work', 'one'),
        machine: { device: 'cpu', threads: 1 },
        checkpointSeconds: 0,
        onPrepare: () => {},
        events: { onSteps: ({ epoch, step }, perEpoch) => onSteps(epoch * perEpoch + step) },
        onNote: (note) => notes.push(note),
        signal,
      });
    };
    expect(await doRun(first, controller.signal, () => controller.abort())).toBeUndefined();
    const outcome = await doRun(second, new AbortController().signal, (done) => steps.push(done));
    return { steps, notes, outcome };
  }

  it('goes on after the steps that are done', async () => {
    const { steps, notes, outcome } = await interrupted();
    // The first chunk is of one step.
    expect(notes[0]).toBe('dense, seed 1, goes on in epoch 1 after step 1');
    expect(steps[0]).toBeGreaterThan(1);
    expect(outcome?.result.epochs).toHaveLength(2);
  });

  it.each([
    [{ learningRate: 0.0002 }, 'learningRate'],
    [{ epochs: 3 }, 'epochs'],
    [{ batch: 12 }, 'graph'],
  ])('begins again if %j has changed since, and says why', async (changed, name) => {
    const { steps, notes, outcome } = await interrupted(changed);
    expect(notes[0]).toContain('begins again');
    expect(notes[0]).toContain(`one with another ${name}`);
    expect(steps[0]).toBe(1);
    expect(outcome?.result.options).toMatchObject(changed);
  });
});

it('a run that diverges is named, and keeps no other from being done', async () => {
  const { conv } = declared.variants;
  const prepared = await prepare({
    seeds: [1],
    variants: {
      wild: { ...conv, learningRate: 1000, optimizer: { name: 'sgd' } },
      tame: { ...conv, optimizer: { name: 'sgd' } },
    },
    experiments: { rate: { question: '?', factor: 'learningRate', variants: ['wild', 'tame'] } },
    keep: [],
  });
  const { dataset, planned, results } = await open(prepared);
  writeDeclaration(results.folder, prepared.study, planned, dataset);
  const { finished, failed } = await runStudy({
    planned,
    results,
    keep: [],
    dataset,
    work: join(prepared.folder, 'work'),
    machine: { device: 'cpu', threads: 1 },
    signal: new AbortController().signal,
  });
  expect(finished).toBe(true);
  expect(failed).toEqual([expect.stringMatching(/^wild, seed 1: .*expected finite/)]);
  expect(readStudyResults(prepared.out).results.map(({ variant }) => variant)).toEqual(['tame']);
});

describe('results are refused', () => {
  async function finished() {
    const prepared = await prepare({ seeds: [1] });
    await run(prepared);
    const file = join(prepared.out, 'runs', 'conv.1.json');
    const edit = (change: (text: string) => string) =>
      writeFileSync(file, change(readFileSync(file, 'utf8')));
    return { prepared, file, edit };
  }

  it('if they are of other images, settings, code or format, with the difference', async () => {
    const { prepared, file, edit } = await finished();
    const original = readFileSync(file, 'utf8');
    const refused = async (what: string) => {
      const { code, problem } = await failureOf(() => open(prepared));
      expect(code).toBe('run');
      expect(problem.where).toBe(what);
      writeFileSync(file, original);
      return problem;
    };

    edit((text) => text.replace('"epochs":2', '"epochs":3'));
    expect((await refused(file)).found).toBe('one with other settings: epochs differs');
    const changed = checkStudy(
      { ...declared, seeds: [1], base: { ...declared.base, epochs: 3 } },
      'small.ts',
    );
    const { problem } = await failureOf(() => open({ ...prepared, study: changed }));
    expect(problem.found).toBe('other ones: epochs differs');
    const named = checkStudy({ ...declared, name: 'other' }, 'small.ts');
    expect((await failureOf(() => open({ ...prepared, study: named }))).problem.found).toBe(
      "those of 'small'",
    );
    edit((text) => text.replace(/"graph":"\w{12}/, '"graph":"0123456789ab'));
    expect((await refused(file)).found).toBe('that of another, 0123456789ab');
    edit((text) => text.replace(/"preprocessing":"\w{12}/, '"preprocessing":"0123456789ab'));
    expect((await refused(file)).expected).toContain('decoding and resizing');
    edit((text) => text.replace(/"areograph":"[^"]+"/, '"areograph":"0.0.9"'));
    expect((await refused(file)).found).toBe('that of another, 0.0.9');
    edit((text) => text.replace('"format":1', '"format":7'));
    expect((await refused(file)).found).toBe('format 7');

    edit((text) => text.replace('"device":"cpu"', '"device":"wasm"'));
    expect((await refused(file)).found).toBe('that of another, wasm');
    edit((text) => text.replace(/"fingerprint":"\w{12}/, '"fingerprint":"0123456789ab'));
    expect((await refused(file)).found).toContain('0123456789ab');
    edit((text) => text.replace('"predictions":[', '"predictions":[0,'));
    expect((await refused(file)).found).toContain('predictions for the');

    rmSync(join(prepared.data, 'train', 'red', '0.png'));
    const { expected, found } = await refused(join(prepared.out, 'dataset.json'));
    expect(expected).toContain(readDataset(prepared.data).fingerprint.slice(0, 12));
    expect(found).not.toContain(readDataset(prepared.data).fingerprint.slice(0, 12));
  });

  it('if there are none', async () => {
    const { problem } = await failureOf(() => readStudyResults(temporaryFolder()));
    expect(problem.next).toContain('npm run experiments');
  });
});

describe('npm run experiments', () => {
  const command = fileURLToPath(new URL('./experimentsCli.ts', import.meta.url));
  const started = (...args: readonly string[]) =>
    new TrainProcess(process.execPath, ['--import', 'tsx', command, ...args]);
  const ended = (...args: readonly string[]): Promise<Finished> => started(...args).finished;

  it('goes on after a kill, to the same results', async () => {
    const { folder, data, out } = await prepare();
    const file = join(folder, 'small.json.ts');
    const name = `killed-${process.pid}`;
    onTestFinished(() => rmSync(join('runs', 'experiments', name), { recursive: true, force: true }));
    writeFileSync(file, `export default ${JSON.stringify({ ...declared, name })};`);
    const args = [file, '--data', data, '--out', out, '--threads', '1'];
    const killed = started(...args);
    await killed.printed('1/5');
    await setTimeout(300);
    killed.kill('SIGKILL');
    await killed.finished;

    const list = await ended(...args, '--list');
    expect(list.output).toContain('done    dense, seed 1');
    expect(list.output).toContain('not run permuted, seed 1');
    const whole = await ended(...args);
    expect(whole.output).toContain('all 5 runs are done');
    expect(whole.output).not.toContain('dense, seed 1: accuracy');

    const fresh = join(folder, 'fresh');
    await ended(file, '--data', data, '--out', fresh, '--threads', '1');
    expect(lasting(out)).toEqual(lasting(fresh));
  });

  it('says which experiments there are', async () => {
    const { data, out } = await prepare();
    const { code, output } = await ended('--only', 'kernels', '--data', data, '--out', out);
    expect(code).toBe(1);
    expect(output).toContain('Did you mean kernel?');
  });
});
