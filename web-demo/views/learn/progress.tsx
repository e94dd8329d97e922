import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ChartSpec } from '../../../chart/chart.ts';
import { lossChart } from '../../learning/lossChart.ts';
import { isRunning, run as newest, type Run, reset, secondsLeft, stopTraining } from '../../learning/run.ts';
import { wholePercent } from '../../percent.ts';
import { Figure } from '../../ui/figure.tsx';

/** How far the training is, its loss, and the ways to end it. */
export function Progress({ run }: { readonly run: Run }) {
  const going = isRunning(run);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The button that started it can be used no more. Who comes back to the view later stays where they are.
    if (newest.peek()?.read.done === 0) heading.current?.focus();
  }, []);
  return (
    <section aria-labelledby="learn-progress" data-testid="learn-progress">
      <h3 id="learn-progress" ref={heading} tabIndex={-1}>
        3. Progress
      </h3>
      {going && <Bar run={run} />}
      <LossCurve />
      <div class="learn-buttons">
        {going && (
          <button type="button" disabled={run.stopping || run.last === undefined} onClick={stopTraining}>
            {run.stopping ? 'Stopping…' : 'Stop, and keep the best so far'}
          </button>
        )}
        <button
          type="button"
          onClick={() => {
            reset();
            // Where it can be started again.
            document.getElementById('learn-how')?.focus();
          }}
        >
          {going ? 'Cancel' : 'Reset'}
        </button>
        {!going && <span class="about">Reset forgets what was learned; your images stay.</span>}
      </div>
    </section>
  );
}

function Bar({ run: { read, last, epochs, settings, ...pace } }: { readonly run: Run }) {
  const [text, value, max] =
    last !== undefined
      ? [
          `Epoch ${Math.min((epochs.at(-1)?.epoch ?? 0) + 1, settings.epochs)} of ${settings.epochs}`,
          last.done,
          last.total,
        ]
      : read.done < read.total
        ? [`Reading image ${read.done + 1} of ${read.total}`, read.done, read.total]
        : ['Compiling the training graph', undefined, 1];
  const left = secondsLeft({ ...pace, last });
  const judged = epochs.at(-1)?.heldBack;
  return (
    <label class="progress">
      <span>{text}</span>
      <progress value={value} max={max} />
      {left !== undefined && <span>{timeLeft(left)}</span>}
      {judged !== undefined && <span>{wholePercent(judged.accuracy)} of held-back images right</span>}
    </label>
  );
}

function timeLeft(seconds: number): string {
  if (seconds < 1) return 'less than a second left';
  if (seconds < 90) return `about ${Math.ceil(seconds)} s left`;
  return `about ${Math.ceil(seconds / 60)} min left`;
}

/** Milliseconds between drawings: each takes time that the page should have for its user. */
const drawEvery = 700;

/** The curve, drawn anew at most so often. */
function LossCurve() {
  const spec = useSignal<ChartSpec | undefined>(undefined);
  useEffect(() => {
    let drawn: Run['losses'] | undefined;
    let judged = 0;
    const draw = () => {
      const run = newest.peek();
      if (run === undefined || (run.losses === drawn && run.epochs.length === judged)) return;
      drawn = run.losses;
      judged = run.epochs.length;
      if (drawn.length > 0) spec.value = lossChart(run);
    };
    draw();
    const timer = setInterval(draw, drawEvery);
    return () => clearInterval(timer);
  }, [spec]);
  return spec.value === undefined ? null : <Figure spec={spec.value} />;
}
