import fc from 'fast-check';
import { read } from 'vega';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type PredictionRow, predictionsCsv } from './predictionsCsv.ts';

const tableSchema = z.array(z.record(z.string(), z.string()));
const wheel = Math.fround(0.7);
const sky = Math.fround(0.3);
const answer = {
  scores: [
    { class: 'wheel', probability: wheel },
    { class: 'sky', probability: sky },
  ],
  milliseconds: 12.25,
};

describe('predictionsCsv', () => {
  it('has one line for each image and model, and a column for each class with all digits', () => {
    expect(predictionsCsv([{ image: 'a.jpg', model: 'cnn', answer }], 0.9)).toBe(
      'image,model,top class,probability,abstained,out of distribution,milliseconds,sky,wheel\r\n' +
        'a.jpg,cnn,wheel,0.699999988079071,true,,12.25,0.30000001192092896,0.699999988079071\r\n',
    );
  });

  it('leaves out what a model does not know, and what it could not answer', () => {
    const other = { scores: [{ class: 'crater', probability: 1 }], milliseconds: 3 };
    const csv = predictionsCsv(
      [
        { image: 'a.jpg', model: 'cnn', answer },
        { image: 'a.jpg', model: 'other', answer: other },
        { image: 'b.jpg', model: 'other', answer: undefined },
      ],
      0.5,
    );
    expect(csv.split('\r\n').slice(1)).toEqual([
      'a.jpg,cnn,wheel,0.699999988079071,false,,12.25,,0.30000001192092896,0.699999988079071',
      'a.jpg,other,crater,1,false,,3,1,,',
      'b.jpg,other,,,,,,,,',
      '',
    ]);
  });

  it('says which images are unlike those of training, where the model can tell', () => {
    const rows = [-3, -1].map((energy) => ({
      image: 'a.jpg',
      model: 'cnn',
      answer: {
        ...answer,
        outOfDistribution: { score: 'energy', energy, threshold: -2, detected: energy > -2 } as const,
      },
    }));
    const lines = predictionsCsv(rows, 0.5).split('\r\n').slice(1, 3);
    expect(lines.map((line) => line.split(',')[5])).toEqual(['false', 'true']);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('keeps spreadsheets from computing %j', (name) => {
    const [, line = ''] = predictionsCsv([{ image: name, model: 'cnn', answer: undefined }], 0.9).split(
      '\r\n',
    );
    expect(line.replace('"', '')).toMatch(/^'/);
  });

  it('is read back by another reader, whatever the names, to the last bit', () => {
    const names = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'ü', "'", '=') });
    const probability = fc.float({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(names, names, probability), { minLength: 1 }), (given) => {
        const rows: PredictionRow[] = given.map(([image, model, probability]) => ({
          image: `i${image}`,
          model: `m${model}`,
          answer: { scores: [{ class: 'wheel', probability }], milliseconds: 1 },
        }));
        const table = tableSchema.parse(
          read(predictionsCsv(rows, 0.5), {
            type: 'csv',
            parse: {},
          }),
        );
        expect(table.map((row) => [row['image'], row['model'], Number(row['wheel'])])).toEqual(
          given.map(([image, model, probability]) => [`i${image}`, `m${model}`, probability]),
        );
      }),
    );
  });
});
