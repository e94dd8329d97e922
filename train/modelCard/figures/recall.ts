import type { ChartSpec } from '../../../chart/chart.ts';
import { palette } from '../../../chart/theme.ts';
import { splitColours } from '../../document/splitColours.ts';
import type { ClassRow } from '../classRows.ts';

/**
 * Recall of each class on test with its 95 % interval, in percent, those with the most training images first; the number of
 * test images stands beside the name.
 */
export function recallFigure(rows: readonly ClassRow[]): ChartSpec {
  const named = rows.map((row) => ({ ...row, label: `${row.name} (${row.test.support})` }));
  const values = named.flatMap(({ label, test, interval }) =>
    test.recall === null || interval === null
      ? []
      : [{ label, recall: 100 * test.recall, low: 100 * interval.low, high: 100 * interval.high }],
  );
  const absent = named.filter(({ test }) => test.recall === null).map(({ label }) => ({ label }));
  const x = { type: 'quantitative' as const, scale: { domain: [0, 100] }, title: 'recall (%)' };
  return {
    description: 'Recall of each class on test, with 95 % intervals',
    width: 480,
    height: { step: 18 },
    encoding: {
      y: {
        field: 'label',
        type: 'nominal',
        scale: { domain: named.map(({ label }) => label) },
        title: null,
        axis: { ticks: false, domain: false, labelPadding: 6 },
      },
    },
    layer: [
      {
        data: { values: absent },
        mark: {
          type: 'text',
          text: 'no test images',
          x: 8,
          align: 'left',
          fontSize: 11,
          fontStyle: 'italic',
          color: palette.muted.light,
        },
      },
      {
        data: { values },
        mark: { type: 'rule', strokeWidth: 3, strokeOpacity: 0.5, color: splitColours.test },
        encoding: { x: { field: 'low', ...x }, x2: { field: 'high' } },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 60, opacity: 1, color: splitColours.test },
        encoding: { x: { field: 'recall', ...x } },
      },
    ],
  };
}
