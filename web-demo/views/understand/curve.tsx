import { useSignal } from '@preact/signals';
import { csv } from '../../csv.ts';
import { smaller } from '../../images/smaller.ts';
import { chosen, models } from '../../state.ts';
import { download } from '../../ui/download.ts';
import { Figure } from '../../ui/figure.tsx';
import { RunButton } from '../../ui/runButton.tsx';
import { useRun } from '../../ui/useRun.ts';
import { askedModels } from './askedModels.ts';
import { transformation, workingSide } from './moved.tsx';
import type { Shown } from './shown.ts';
import { ranges } from './sliders.ts';
import { sweep } from './sweep.ts';
import { type Curves, readingOf, sweepChart } from './sweepChart.ts';
import { isSwept, type Swept, sweeps } from './sweeps.ts';

const baseline = 'baseline';

/** The probability of a class over all of a slider's range, for each model. */
export function Curve({ photo, asked }: { readonly photo: Shown; readonly asked: string | undefined }) {
  const parameter = useSignal<Swept>('shiftX');
  const run = useRun<Curves>();
  return (
    <section aria-labelledby="curve-title">
      <h3 id="curve-title">Inductive bias, felt</h3>
      <p class="explanation">
        A convolution applies the same small filters everywhere, so what it learned in one place it knows in
        all. A dense network has to learn each place anew. See how long each of them stays sure of{' '}
        <strong>{asked ?? 'the class'}</strong> while one slider moves over its whole range, and the others
        stay as they are above.
      </p>
      <div class="tools">
        <label>
          Slider{' '}
          <select
            value={parameter.value}
            onChange={({ currentTarget: { value } }) => {
              if (isSwept(value)) parameter.value = value;
            }}
          >
            {Object.keys(sweeps)
              .filter(isSwept)
              .map((name) => (
                <option key={name} value={name}>
                  {ranges[name].label}
                </option>
              ))}
          </select>
        </label>
        <RunButton
          label="Draw the curve"
          run={run}
          disabled={asked === undefined}
          onBegin={() => {
            if (asked === undefined) return;
            const [swept, still] = [parameter.value, transformation.value];
            run.begin(async (progress) => {
              const image = await smaller(photo.image, workingSide);
              const points = await sweep(await askedModels(), image, still, swept, asked, progress);
              return { parameter: swept, asked, photo: photo.name, points };
            });
          }}
        />
        <CompareWithBaseline />
      </div>
      {run.result !== undefined && <Drawn curves={run.result} />}
    </section>
  );
}

/** Offered where one model alone is chosen, and it is another. */
function CompareWithBaseline() {
  const [only, other] = chosen.value;
  const there = models.value.some(({ name }) => name === baseline);
  if (only === undefined || other !== undefined || only === baseline || !there) return null;
  return (
    <button
      type="button"
      onClick={() => {
        chosen.value = [only, baseline];
      }}
    >
      Compare with the dense baseline
    </button>
  );
}

function Drawn({ curves }: { readonly curves: Curves }) {
  const { parameter, asked, points } = curves;
  return (
    <>
      <Figure spec={sweepChart(curves, Math.min(640, globalThis.innerWidth - 150))} />
      <ul>
        {readingOf(curves).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <button
        type="button"
        onClick={() => {
          const rows = points.map(({ model, value, probability }) => [model, asked, value, probability]);
          const text = csv([['model', 'class', ranges[parameter].label, 'probability'], ...rows]);
          download(new Blob([text], { type: 'text/csv' }), `${asked} by ${parameter}.csv`);
        }}
      >
        Download the curve as CSV
      </button>
    </>
  );
}
