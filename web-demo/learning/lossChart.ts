/** The loss of a training as it falls. */
import type { ChartSpec } from '../../chart/chart.ts';
import { palette } from '../../chart/theme.ts';
import type { Run } from './run.ts';

const series = ['images it learns from', 'held-back images'] as const;

/**
 * Loss by epoch: of the images that are trained on after each chunk, with dropout and augmentation, and of those held back
 * after each epoch.
 */
export function lossChart({
  losses,
  epochs,
  settings,
}: Pick<Run, 'losses' | 'epochs' | 'settings'>): ChartSpec {
  const [learning, held] = series;
  const values = [
    ...losses.map(({ epoch, loss }) => ({ epoch, loss, images: learning })),
    ...epochs.flatMap(({ epoch, heldBack }) =>
      heldBack === undefined ? [] : [{ epoch, loss: heldBack.loss, images: held }],
    ),
  ];
  return {
    description: described(losses, epochs),
    data: { values },
    width: 420,
    height: 200,
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        title: 'epoch',
        scale: { domain: [0, settings.epochs] },
        axis: { tickMinStep: 1, format: 'd', grid: false },
      },
      y: { field: 'loss', type: 'quantitative', title: 'loss (0 is best)', axis: { tickCount: 4 } },
      color: {
        field: 'images',
        type: 'nominal',
        title: null,
        scale: { domain: [...series], range: [palette.blue.light, palette.vermillion.light] },
        legend: { orient: 'top', symbolType: 'stroke', symbolStrokeWidth: 3 },
      },
    },
    layer: [
      {
        transform: [{ filter: { field: 'images', equal: learning } }],
        mark: { type: 'line', strokeWidth: 1.5 },
      },
      {
        transform: [{ filter: { field: 'images', equal: held } }],
        mark: { type: 'line', strokeWidth: 2, strokeDash: [5, 2], point: { filled: true, size: 36 } },
      },
    ],
  };
}

function described(losses: Run['losses'], epochs: Run['epochs']): string {
  const from = losses.at(0)?.loss.toFixed(2) ?? '-';
  const to = losses.at(-1)?.loss.toFixed(2) ?? '-';
  const held = epochs.at(-1)?.heldBack?.loss.toFixed(2);
  const judged = held === undefined ? '' : `; of held-back images it is ${held}`;
  return `Loss by epoch: of the images it learns from it went from ${from} to ${to}${judged}.`;
}
