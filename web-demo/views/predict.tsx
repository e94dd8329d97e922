import { computed, signal } from '@preact/signals';
import { type Answer, isAnswer } from '../outcome.ts';
import { wholePercent } from '../percent.ts';
import { answering, current, photos, threshold } from '../state.ts';
import { Batch } from './predict/batch.tsx';
import { ModelAnswer } from './predict/modelAnswer.tsx';
import './predict/predict.css';

/** Whether two models' classes stand in one order, so that their bars can be compared line by line. */
const aligned = signal(true);

/** What each of the chosen models sees in the image. */
export function Predict() {
  const photo = current.value;
  if (photo === undefined) {
    return (
      <p class="nothing-yet">
        Give an image: choose, drop, paste or photograph one, or try a drawing. What the network sees in it
        appears here.
      </p>
    );
  }
  return (
    <>
      <div class="looked-at">
        <figure class="photo">
          <img src={photo.url} alt={photo.name} />
          <figcaption>
            {photo.name} · {photo.image.width} × {photo.image.height} pixels
          </figcaption>
        </figure>
        <div class="answers">
          <Controls />
          <Agreement />
          <div class="side-by-side">
            {answering.value.map((file) => (
              <ModelAnswer key={file.name} file={file} photo={photo} order={order.value} />
            ))}
          </div>
        </div>
      </div>
      {photos.value.length > 1 && <Batch />}
    </>
  );
}

function Controls() {
  return (
    <form class="controls" onSubmit={(event) => event.preventDefault()}>
      <label>
        Say “not sure” below
        <input
          type="range"
          min={0}
          max={100}
          value={100 * threshold.value}
          onInput={({ currentTarget }) => {
            threshold.value = currentTarget.valueAsNumber / 100;
          }}
        />
        <output>{wholePercent(threshold.value)}</output>
      </label>
      {answering.value.length > 1 && (
        <label>
          <input
            type="checkbox"
            checked={aligned.value}
            onChange={({ currentTarget }) => {
              aligned.value = currentTarget.checked;
            }}
          />
          Same order in both
        </label>
      )}
    </form>
  );
}

/** Of those of the chosen models that have answered. */
const answered = computed(() => {
  const outcomes = current.value?.answers.value;
  return answering.value.flatMap((file): readonly { readonly model: string; readonly answer: Answer }[] => {
    const outcome = outcomes?.get(file);
    return outcome !== undefined && isAnswer(outcome) ? [{ model: file.name, answer: outcome }] : [];
  });
});

/** Names of classes in the order to list them, where the models share one: by the highest that any model gives each. */
const order = computed<readonly string[] | undefined>(() => {
  if (!aligned.value || answered.value.length < 2) return undefined;
  const highest = new Map<string, number>();
  for (const { class: name, probability } of answered.value.flatMap(({ answer }) => answer.scores)) {
    highest.set(name, Math.max(probability, highest.get(name) ?? 0));
  }
  return [...highest].sort(([, a], [, b]) => b - a).map(([name]) => name);
});

/** Whether two models say the same of the image. */
function Agreement() {
  const [a, b] = answered.value.map(({ model, answer }) => ({ model, top: answer.scores[0]?.class }));
  if (a === undefined || b === undefined) return null;
  return (
    <p class="agreement" role="status">
      {a.top === b.top
        ? `Both find ${a.top} most probable.`
        : `They differ: ${a.model} finds ${a.top} most probable, ${b.model} finds ${b.top}.`}
    </p>
  );
}
