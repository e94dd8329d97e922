import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fillUniform, stream } from '../../export/random.ts';
import { readDataset } from '../data/dataset.ts';
import { failureOf, namesBelow, temporaryFolder, writeFiles } from '../data/fixtures.ts';
import { SPLITS, type Split } from '../data/listing.ts';
import { CLASS_NAMES_FILE, listFile } from '../data/listLayout.ts';
import { projectRoot } from '../data/projectRoot.ts';
import { drawSyntheticDataset } from '../data/synthetic.ts';
import { drawColours } from '../testing.ts';
import { explore } from './explore.ts';
import { findings } from './findings.ts';
import { edaSchema } from './schema.ts';

/** A smooth random scene as a JPEG; scenes of different seeds have nothing in common. */
async function scene(seed: number, width = 128, quality = 90): Promise<Buffer> {
  const noise = new Float32Array(12 * 12 * 3);
  fillUniform(stream(seed, 'scene'), noise);
  return sharp(
    Uint8Array.from(noise, (value) => 256 * value),
    { raw: { width: 12, height: 12, channels: 3 } },
  )
    .resize(width, width, { kernel: 'cubic' })
    .jpeg({ quality })
    .toBuffer();
}

const rock = 0;
const dune = 1;

type Planted = readonly [name: string, label: number, file: Buffer];

async function planted(): Promise<Readonly<Record<Split, readonly Planted[]>>> {
  return {
    train: [
      // One exposure at two sizes, called a rock and a dune.
      ['0010ML0000010000100001E01_DRCL.JPG', rock, await scene(1)],
      ['0010ML0000010000100001I01_DRCL.JPG', dune, await scene(1, 96, 60)],
      // One exposure whose images have nothing in common.
      ['0011MR0000010000100002E01_DRCL.JPG', rock, await scene(2)],
      ['0011MR0000010000100002I01_DRCL.JPG', rock, await scene(3)],
      ['0012MR0000010000100003E01_DRCL.JPG', rock, await scene(4)],
    ],
    val: [
      // The scene of a training image, in another exposure.
      ['0020MH0000010000100004E01_DRCL.JPG', rock, await scene(4, 110, 70)],
      ['0021MH0000010000100005E01_DRCL.JPG', dune, await scene(5)],
    ],
    test: [
      // A scene of val, in another exposure.
      ['0030MH0000010000100006E01_DRCL.JPG', dune, await scene(5, 100, 70)],
      ['0030MH0000010000100007E01_DRCL.JPG', dune, Buffer.from('no image')],
    ],
  };
}

async function plantedDataset() {
  const folder = temporaryFolder();
  const images = await planted();
  const all = SPLITS.flatMap((split) => images[split]);
  writeFiles(folder, {
    [CLASS_NAMES_FILE]: '0 rock\n1 dune\n',
    ...Object.fromEntries(
      SPLITS.map((split) => [
        listFile(split),
        images[split].map(([name, label]) => `calibrated/${name} ${label}\n`).join(''),
      ]),
    ),
    ...Object.fromEntries(all.map(([name, , bytes]) => [`calibrated/${name}`, bytes])),
  });
  return readDataset(folder);
}

describe('explore', () => {
  it('finds what was planted', async () => {
    const out = temporaryFolder();
    const progress: number[] = [];
    const dataset = await plantedDataset();
    const eda = await explore(dataset, { out, images: true, onProgress: (done) => progress.push(done) });
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(edaSchema.parse(JSON.parse(readFileSync(join(out, 'eda.json'), 'utf8')))).toEqual(eda);

    expect(eda.classes).toEqual([
      { name: 'rock', images: { train: 4, val: 1, test: 0 } },
      { name: 'dune', images: { train: 1, val: 1, test: 2 } },
    ]);
    expect(eda.majority).toEqual({ class: 'rock', accuracy: { train: 0.8, val: 0.5, test: 0 } });
    const unreadable = {
      file: 'calibrated/0030MH0000010000100007E01_DRCL.JPG',
      split: 'test',
      class: 'dune',
    };
    expect(eda.unreadable).toEqual([expect.objectContaining(unreadable)]);

    expect(eda.files.dimensions).toEqual([
      { width: 128, height: 128, images: { train: 4, val: 1, test: 0 } },
      { width: 96, height: 96, images: { train: 1, val: 0, test: 0 } },
      { width: 110, height: 110, images: { train: 0, val: 1, test: 0 } },
      { width: 100, height: 100, images: { train: 0, val: 0, test: 1 } },
    ]);
    expect(eda.files.channels).toEqual([{ channels: 3, images: { train: 5, val: 2, test: 1 } }]);

    expect(eda.names?.sols).toEqual({
      train: { first: 10, last: 12, days: 3 },
      val: { first: 20, last: 21, days: 2 },
      test: { first: 30, last: 30, days: 1 },
    });
    expect(eda.names?.instruments).toEqual([
      { instrument: 'Mastcam left', images: { train: 2, val: 0, test: 0 } },
      { instrument: 'Mastcam right', images: { train: 3, val: 0, test: 0 } },
      { instrument: 'MAHLI', images: { train: 0, val: 2, test: 1 } },
    ]);
    expect(eda.names?.exposures).toEqual({ number: 6, repeated: 2, repeatedImages: 4, acrossSplits: 0 });

    // .8 .2 against .5 .5, and against 0 1.
    expect(eda.shift[0]?.classes.totalVariation).toBeCloseTo(0.3, 12);
    expect(eda.shift[1]?.classes.totalVariation).toBeCloseTo(0.8, 12);
    expect(eda.shift.map(({ instruments }) => instruments?.totalVariation)).toEqual([1, 1, 0]);

    const { pairs, withinSplit, acrossSplits, conflicts } = eda.duplicates;
    expect(pairs.map(({ pairs, sameExposure, similar }) => [pairs, sameExposure, similar])).toEqual([
      [2, 2, 1], // within train
      [1, 0, 1], // train and val
      [0, 0, 0],
      [0, 0, 0],
      [1, 0, 1], // val and test
      [0, 0, 0],
    ]);
    expect(withinSplit).toEqual({ train: 4, val: 0, test: 0 });
    const files = ({ first, second }: (typeof conflicts)[number]) =>
      [first, second].map((item) => `${item.file.slice(11, 15)} ${item.class}`);
    expect(acrossSplits.map(files).sort()).toEqual([
      ['0012 rock', '0020 rock'],
      ['0021 dune', '0030 dune'],
    ]);
    expect(conflicts.map(files)).toEqual([['0010 rock', '0010 dune']]);
    expect(conflicts[0]?.sameExposure).toBe(true);

    const text = readFileSync(join(out, 'eda.md'), 'utf8');
    expect(text).toContain('1 image cannot be read');
    for (const file of [
      '0010ML0000010000100001E01',
      '0010ML0000010000100001I01',
      '0030MH0000010000100007E01',
    ]) {
      expect(text.replaceAll('\\', '')).toContain(`${file}_DRCL.JPG`);
    }
  });

  it('says of the drawings what holds of them, and leaves out what their names do not tell', async () => {
    const folder = join(projectRoot, '.cache', 'synthetic');
    await drawSyntheticDataset(folder);
    const out = temporaryFolder();
    const eda = await explore(readDataset(folder), { out, images: true });
    expect(eda.names).toBeNull();
    expect(eda.shift.map(({ classes, instruments }) => [classes.totalVariation, instruments])).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
    // As many images of each of the 24 classes.
    expect(eda.majority.accuracy.test).toBeCloseTo(1 / 24, 12);
    const text = readFileSync(join(out, 'eda.md'), 'utf8');
    expect(text).toContain('not photographs');
    expect(text).toContain('nothing to say of sols');
    expect(namesBelow(join(out, 'figures')).filter((name) => /sols|instruments/.test(name))).toEqual([]);
    const html = readFileSync(join(out, 'eda.html'), 'utf8');
    // One for each class, three rows of four, and the scale of colours.
    expect(html.match(/data:image\//g)).toHaveLength(24 + 3 * 4 + 1);
    expect(html).not.toMatch(/(?:src|href)="https?:(?!\/\/(?:doi\.org|an\.rsl\.wustl\.edu)\/)/);
  });

  it('shows no image without images, and removes those of an earlier report', async () => {
    const dataset = await plantedDataset();
    const out = temporaryFolder();
    await explore(dataset, { out, images: true });
    const before = readdirSync(join(out, 'figures'));
    const pictured = before.filter((name) =>
      readFileSync(join(out, 'figures', name), 'utf8').includes('<image'),
    );
    expect(pictured).toEqual([
      '02-sample-grid.svg',
      '08-preprocessing.svg',
      '10-near-duplicates-across-splits.svg',
      '11-label-conflicts.svg',
    ]);
    await explore(dataset, { out, images: false });
    expect(readdirSync(join(out, 'figures'))).toEqual(before.filter((name) => !pictured.includes(name)));
    for (const name of namesBelow(out).filter((file) => /\.(?:svg|html|md)$/.test(file))) {
      expect(readFileSync(join(out, name), 'utf8')).not.toMatch(/<image|data:image/);
    }
  });

  it('reads folders of classes, of any names', async () => {
    const folder = temporaryFolder();
    await drawColours(folder, { train: 3, val: 2, test: 2 });
    const eda = await explore(readDataset(folder), { out: temporaryFolder(), images: true });
    expect(eda.names).toBeNull();
    // Drawn in these colours, from 0.4 to 1 times as bright, which leaves hue and saturation: 160 of 200.
    const lumas = {
      red: 0.2126 * 200 + 0.7152 * 60 + 0.0722 * 40,
      green: 0.2126 * 60 + 0.7152 * 200 + 0.0722 * 40,
      blue: 0.2126 * 40 + 0.7152 * 60 + 0.0722 * 200,
    };
    for (const [name, luma] of Object.entries(lumas)) {
      const found = eda.appearance.classes.find((item) => item.name === name)?.splits.train;
      expect(found?.brightness.images).toBe(3);
      expect(found?.saturation.mean).toBeCloseTo(0.8, 1);
      // Of 3 x 576 pixels, the mean of the factors is 0.7 within a hundredth or two.
      expect((found?.brightness.mean ?? 0) / luma).toBeCloseTo(0.7, 1);
    }
    expect(findings(eda).join('\n')).not.toMatch(/sol|NaN|undefined|Infinity/);
  });

  it('ends where no image of a split can be read, or nothing can be written', async () => {
    const folder = temporaryFolder();
    await drawColours(folder, { train: 1, val: 1, test: 1 });
    const dataset = readDataset(folder);
    for (const { file } of dataset.splits.val) writeFileSync(file, 'no image');
    const error = await failureOf(() => explore(dataset, { out: temporaryFolder(), images: false }));
    expect(error.problem).toMatchObject({ code: 'dataset', expected: 'images in val that can be read' });

    const out = join(temporaryFolder(), 'file');
    writeFileSync(out, '');
    const refused = await failureOf(() => explore(dataset, { out, images: false }));
    expect(refused.code).toBe('storage');
  });
});
