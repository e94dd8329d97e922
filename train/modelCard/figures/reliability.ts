import type { ChartSpec } from '../../../chart/chart.ts';
import { palette } from '../../../chart/theme.ts';
import { splitColours } from '../../document/splitColours.ts';
import type { Evaluation, SplitScores } from '../../evaluate/evaluation.ts';

type Bins = SplitScores['calibration']['fitted']['bins'];

const axis = { tickCount: 5 } as const;
const scale = { domain: [0, 100] };
/** Where confidence is accuracy. */
const diagonal = {
  data: {
    values: [
      { confidence: 0, accuracy: 0 },
      { confidence: 100, accuracy: 100 },
    ],
  },
  mark: { type: 'line' as const, strokeDash: [4, 3], strokeWidth: 1, color: palette.axis.light },
};

/**
 * Accuracy against mean confidence, in percent, of each bin that has images, the larger the point the more images; on val
 * and on test, without temperature and with the file's. Below the diagonal a model is surer than it is right.
 */
export function reliability({ splits }: Evaluation): ChartSpec {
  const panel = (split: 'val' | 'test', kind: 'plain' | 'fitted') => {
    const { temperature, ece, bins } = splits[split].calibration[kind];
    return {
      title: `${split}, ${kind === 'plain' ? 'T = 1' : `T = ${temperature.toFixed(2)}`}: ECE ${ece.toFixed(3)}`,
      width: 270,
      height: 190,
      encoding: {
        x: { field: 'confidence', type: 'quantitative' as const, title: 'confidence (%)', scale, axis },
        y: { field: 'accuracy', type: 'quantitative' as const, title: 'accuracy (%)', scale, axis },
      },
      layer: [
        diagonal,
        {
          data: { values: pointsOf(bins) },
          mark: { type: 'line' as const, strokeWidth: 1.5, color: splitColours[split] },
        },
        {
          data: { values: pointsOf(bins) },
          mark: { type: 'point' as const, filled: true, opacity: 0.8, color: splitColours[split] },
          encoding: {
            size: {
              field: 'images',
              type: 'quantitative' as const,
              legend: null,
              scale: { range: [12, 400] },
            },
          },
        },
      ],
    };
  };
  return {
    description: 'Reliability diagrams of val and test, without temperature and with it',
    vconcat: (['plain', 'fitted'] as const).map((kind) => ({
      hconcat: [panel('val', kind), panel('test', kind)],
      spacing: 30,
    })),
    spacing: 20,
  };
}

function pointsOf(bins: Bins) {
  return bins.flatMap(({ images, confidence, accuracy }) =>
    confidence === null || accuracy === null
      ? []
      : [{ images, confidence: 100 * confidence, accuracy: 100 * accuracy }],
  );
}
