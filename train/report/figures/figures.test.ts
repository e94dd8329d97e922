import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChartSpec, chart } from '../../../chart/chart.ts';
import { figureWidth } from '../../../chart/theme.ts';
import { toArchitecture } from '../../../dsl/architecture.ts';
import { arbitraryModel } from '../../../dsl/testing/arbitraryModel.ts';
import { majorityAccuracy } from '../runs.ts';
import { fakeResults, fakeStudy } from '../testing/fakeResults.ts';
import { smallStudy } from '../testing/smallStudy.ts';
import { accuracyByVariant } from './accuracyByVariant.ts';
import { architectureDiagram } from './architectureDiagram.ts';
import { confusionMatrix } from './confusionMatrix.ts';
import { kernelSize } from './kernelSize.ts';
import { learningCurves } from './learningCurves.ts';
import { perClass } from './perClass.ts';
import { stagesOf } from './stages.ts';

const variants = Object.keys(fakeStudy.variants);
const [, kernels] = fakeStudy.experiments;
if (kernels === undefined) throw new Error('the fake study has an experiment of kernels');

/** Texts of an SVG, in the order in which they are drawn. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}

const drawn = async (spec: ChartSpec) => textsOf(await chart(spec));

const figures: Record<string, () => ChartSpec> = {
  'accuracyByVariant of three splits': () =>
    accuracyByVariant(fakeResults, { variants, splits: ['train', 'val', 'test'], majority: true }),
  'accuracyByVariant of an experiment': () =>
    accuracyByVariant(fakeResults, { ...kernels, splits: ['val', 'test'], majority: false }),
  kernelSize: () => kernelSize(fakeResults, kernels),
  learningCurves: () => learningCurves(fakeResults, variants),
  confusionMatrix: () => confusionMatrix(fakeResults, 'cnn3x3'),
  perClass: () => perClass(fakeResults, variants),
};

describe.each(Object.entries(figures))('%s', (_, figure) => {
  it('fits a page, in colours that have dark twins', async () => {
    const svg = await chart(figure());
    const width = Number(/<svg[^>]* width="([^"]+)"/.exec(svg)?.[1]);
    expect(width).toBeGreaterThan(400);
    expect(width).toBeLessThanOrEqual(figureWidth);
  });
});

const small = smallStudy();

describe('figures of few images, worked by hand', () => {
  it('give the mean of the seeds of each variant, or say that it has not run', async () => {
    const choice = { variants: ['a', 'b', 'c'], splits: ['test'], majority: false } as const;
    const texts = await drawn(accuracyByVariant(small, choice));
    // a: 4/6 and 2/6 right, b: 4/6.
    expect(texts).toEqual(expect.arrayContaining(['50.0', '66.7', 'not run']));
    expect(texts.filter((text) => text === 'not run')).toHaveLength(1);
    expect(await drawn(accuracyByVariant(small, { ...choice, seeds: [2] }))).toContain('66.7');
    expect(await drawn(accuracyByVariant(small, { ...choice, seeds: [3] }))).not.toContain('66.7');
  });

  it('draw an interval where there are several seeds', async () => {
    const [experiment] = small.study.experiments;
    if (experiment === undefined) throw new Error('the small study has an experiment');
    const svg = await chart(kernelSize(small, { ...experiment, variants: ['a', 'b'] }));
    // Student's t of 2 seeds is 12.7: 50 +- 12.7 x 16.7 is cut off at 0 and 100; the seeds are at 33 and 67.
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['a', 'b', '0', '100']));
    const seedOne = await drawn(kernelSize(small, { ...experiment, variants: ['a', 'b'], seeds: [1] }));
    expect(seedOne).not.toContain('0');
    expect(textsOf(svg)).not.toContain('not run');
    expect(await drawn(kernelSize(small, experiment))).toContain('not run');
  });

  it('sum the confusions of a variant over its seeds', async () => {
    const texts = await drawn(confusionMatrix(small, 'a'));
    // Of the first class (1 + 2) / 8 are called first and 5 / 8 second; of the second 1 / 4 and 3 / 4.
    expect(texts.filter((text) => /^\d+$/.test(text))).toEqual(['38', '63', '25', '75']);
    expect(texts).toContain('third (0)');
    expect(texts.filter((text) => text === 'no test images')).toHaveLength(1);
  });

  it('leave out what is not defined', async () => {
    const svg = await chart(perClass(small, ['b']));
    const signs = (colour: string) => svg.split(` stroke="${colour}"`).length - 1;
    // b: recall of first and second; precision and F1 of both. No image of the second is called so, and no other: its
    // precision is undefined. One more sign is in the legend.
    expect(signs('#0072b2')).toBe(5 + 1);
    expect(textsOf(svg).filter((text) => text === 'no test images')).toHaveLength(3);
  });

  it('draw a line for each seed and split, and mark the epoch that was kept', async () => {
    const svg = await chart(learningCurves(small, ['a', 'b', 'c']));
    const lines = [...svg.matchAll(/<path d="M[^"]*L[^"]*" stroke="#(0072b2|d55e00)"/g)];
    expect(lines).toHaveLength(2 * 3 * 2); // accuracy and loss, three runs, train and val
    expect(textsOf(svg)).not.toContain('c');
  });
});

describe('majorityAccuracy', () => {
  it('is 19.5 % on the test images of Mars', () => {
    expect(majorityAccuracy(fakeResults, 'test')).toBeCloseTo(254 / 1305, 10);
  });
});

describe('architectureDiagram', () => {
  it('names every variant, with its parameters', () => {
    const texts = textsOf(architectureDiagram(fakeStudy, variants));
    expect(texts).toEqual(expect.arrayContaining(variants));
    expect(texts).toContain('6,429,464 parameters, 12.9 MFLOPs');
  });

  it('draws any model, an arrow for each connection between its stages', () => {
    const [declared] = Object.values(fakeStudy.variants);
    if (declared === undefined) throw new Error('the fake study has variants');
    fc.assert(
      fc.property(arbitraryModel({ ensembles: true }), (model) => {
        const study = {
          ...fakeStudy,
          variants: { any: { ...declared, architecture: toArchitecture(model) } },
        };
        const svg = architectureDiagram(study, ['any']);
        expect(svg).not.toMatch(/NaN|undefined|Infinity/);
        // Whoever adds a tensor to itself sees one arrow.
        const connections = stagesOf(model).reduce((sum, { inputs }) => sum + new Set(inputs).size, 0);
        expect(svg.split('<path fill="none"').length - 1).toBe(connections);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses a variant that the study does not declare', () => {
    expect(() => architectureDiagram(fakeStudy, ['resnet'])).toThrow('the study declares no variant resnet');
  });
});
