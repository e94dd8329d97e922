import { type Signal, signal } from '@preact/signals';
import { classes, problems, someHeldBack } from '../../learning/classes.ts';
import type { TrainedLayers } from '../../learning/fineTuningParts.ts';
import { startTraining } from '../../learning/run.ts';
import {
  base,
  chooseBase,
  epochs,
  layers,
  learningRate,
  typedEpochs,
  typedRate,
} from '../../learning/settings.ts';
import { models } from '../../state.ts';
import type { LockedProps } from './classes.tsx';

const choices: { readonly [L in TrainedLayers]: { readonly name: string; readonly about: string } } = {
  head: {
    name: 'The head alone',
    about: 'The last layer learns your classes; what the network sees in images stays as it is. Fast.',
  },
  all: {
    name: 'All layers',
    about:
      'Every layer changes a little. Takes about twice as long; better where your images are unlike Mars.',
  },
};
const choiceNames = ['head', 'all'] as const satisfies readonly TrainedLayers[];

/** Whether what few change is shown; also when the view is left and shown again. */
const more = signal(false);

/** How it is trained, what is missing, and the button to start. */
export function Start({ locked }: LockedProps) {
  const missing = problems.value;
  return (
    <section aria-labelledby="learn-how">
      <h3 id="learn-how" tabIndex={-1}>
        2. Training
      </h3>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          startTraining();
        }}
      >
        <fieldset class="learn-how" disabled={locked}>
          <legend>What is trained</legend>
          {choiceNames.map((choice) => (
            <label key={choice} class="learn-choice">
              <input
                type="radio"
                name="layers"
                value={choice}
                checked={layers.value === choice}
                onChange={() => {
                  layers.value = choice;
                }}
              />
              <span>
                {choices[choice].name}
                <span class="about">{choices[choice].about}</span>
              </span>
            </label>
          ))}
          <details
            open={more.value}
            onToggle={({ currentTarget }) => {
              more.value = currentTarget.open;
            }}
          >
            <summary>More</summary>
            <div class="learn-more">
              <label>
                Start from
                <select
                  value={base.value?.name}
                  onChange={({ currentTarget }) => chooseBase(currentTarget.value)}
                >
                  {models.value.map(({ name, about }) => (
                    <option key={name} value={name}>
                      {name} ({about})
                    </option>
                  ))}
                </select>
              </label>
              <NumberField
                label="Epochs"
                value={epochs.value}
                typed={typedEpochs}
                min={1}
                max={500}
                step={1}
              />
              <NumberField
                label="Learning rate"
                value={learningRate.value}
                typed={typedRate}
                min={0.000001}
                max={1}
                step="any"
              />
            </div>
            <p class="about">
              In an epoch every image is seen at least once, each time moved, turned and lit a little
              otherwise. A higher learning rate changes the network faster; too high a rate and it learns
              nothing.
            </p>
          </details>
        </fieldset>
        <div role="status">
          {!locked && missing.length > 0 && (
            <ul class="learn-problems" aria-label="Before it can start">
              {missing.map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          )}
          {!locked && missing.length === 0 && !someHeldBack.value && (
            <p class="about">
              No class has five images, so none is held back, and how good the network is will not be known.
            </p>
          )}
        </div>
        <button type="submit" class="primary" disabled={locked || missing.length > 0}>
          Train on {total()}
        </button>
      </form>
    </section>
  );
}

function total(): string {
  const count = classes.value.reduce((sum, { images }) => sum + images.length, 0);
  return count === 1 ? '1 image' : `${count} images`;
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  /** Where it goes; nothing typed is the default. */
  readonly typed: Signal<number | undefined>;
  readonly min: number;
  readonly max: number;
  readonly step: number | 'any';
}

/** Takes the nearest number that is allowed. */
function NumberField({ label, value, typed, min, max, step }: NumberFieldProps) {
  return (
    <label>
      {label}
      <input
        type="number"
        value={value}
        min={min}
        max={max}
        step={step}
        onChange={({ currentTarget }) => {
          const number = currentTarget.valueAsNumber;
          const whole = step === 1 ? Math.round(number) : number;
          typed.value = Number.isNaN(whole) ? undefined : Math.min(max, Math.max(min, whole));
          // Also where it is the number of before, and nothing is drawn anew.
          currentTarget.value = `${typed.value ?? value}`;
        }}
      />
    </label>
  );
}
