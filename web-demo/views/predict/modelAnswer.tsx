import { signal } from '@preact/signals';
import type { ModelSummary } from '../../../dsl/summary.ts';
import type { Score } from '../../../runtime/classification.ts';
import { forget } from '../../answers.ts';
import type { ModelFile } from '../../engine.ts';
import { backendText } from '../../inference/backendText.ts';
import { type Answer, isAnswer } from '../../outcome.ts';
import { percent, wholePercent } from '../../percent.ts';
import { engineFailure, explained, type OpenPhoto, opened, retry, threshold, unopened } from '../../state.ts';

/** How many classes are listed before the others are asked for. */
const few = 5;

/** Whether all classes are listed: of both models, or of neither. */
const listed = signal(false);

export interface ModelAnswerProps {
  readonly file: ModelFile;
  readonly photo: OpenPhoto;
  /** Names of classes in the order to list them; by probability if there is none. */
  readonly order: readonly string[] | undefined;
}

/** What one model says of an image. */
export function ModelAnswer({ file, photo, order }: ModelAnswerProps) {
  const model = opened.value.get(file.name);
  return (
    <article class="card" data-testid={`answer-${file.name}`} aria-label={file.name}>
      <h3>{file.name}</h3>
      <p class="about">
        {model !== undefined && `${layersText(model.summary)} · `}
        {file.about}
      </p>
      <Outcome file={file} photo={photo} order={order} />
    </article>
  );
}

/** `6 convolutions, 2 dense layers, 1,444,856 parameters`. */
function layersText({ layers, parameters }: ModelSummary): string {
  const count = (kind: string) => layers.filter((layer) => layer.kind === kind).length;
  const convolutions = count('conv2d');
  const dense = count('dense');
  return [
    convolutions === 0 ? 'no convolutions' : `${convolutions} convolution${convolutions === 1 ? '' : 's'}`,
    `${dense} dense layer${dense === 1 ? '' : 's'}`,
    `${parameters.toLocaleString('en')} parameters`,
  ].join(', ');
}

function Outcome({ file, photo, order }: ModelAnswerProps) {
  if (unopened.value.has(file.name)) {
    return <Failed text="This model did not load." again={() => retry(file)} />;
  }
  if (engineFailure.value !== undefined) return <p>No answer: nothing runs. What is wrong is said above.</p>;
  const outcome = photo.answers.value.get(file);
  if (outcome === undefined)
    return <p role="status">{opened.value.has(file.name) ? 'Looking…' : 'Loading…'}</p>;
  if (!isAnswer(outcome)) return <Failed text={outcome.failure} again={() => forget(photo, file)} />;
  return (
    <>
      <Verdict answer={outcome} />
      <Scores scores={inOrder(outcome.scores, order)} />
      <p class="about">
        {outcome.milliseconds.toFixed(1)} ms on {backendText(outcome.backend)}
      </p>
    </>
  );
}

function Failed({ text, again }: { readonly text: string; again(): void }) {
  return (
    <div role="alert">
      <p>{text}</p>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}

function Verdict({ answer }: { readonly answer: Answer }) {
  const { scores, outOfDistribution } = answer;
  const [top] = scores;
  if (top === undefined) return null;
  const sure = top.probability >= threshold.value;
  const rounded = percent(top.probability);
  // Rounded up to the threshold, it would not read as under it.
  const short =
    rounded === percent(threshold.value) ? percent(Math.floor(1000 * top.probability) / 1000) : rounded;
  return (
    <div class="verdict" role="status">
      {sure ? (
        <p class="top">
          {top.class} <span>{percent(top.probability)}</span>
        </p>
      ) : (
        <>
          <p class="top">Not sure</p>
          <p>
            {top.class} is the most probable, but {short} is under the threshold of{' '}
            {wholePercent(threshold.value)}.
          </p>
        </>
      )}
      {outOfDistribution?.detected && <p>This looks like none of the {scores.length} classes.</p>}
    </div>
  );
}

/** A class that the model does not have is left out. */
function inOrder(scores: readonly Score[], order: readonly string[] | undefined): readonly Score[] {
  return order?.flatMap((name) => scores.find((score) => score.class === name) ?? []) ?? scores;
}

function Scores({ scores }: { readonly scores: readonly Score[] }) {
  return (
    <>
      <ol class="scores" style={{ '--threshold': `${100 * threshold.value}%` }}>
        {scores.slice(0, listed.value ? undefined : few).map(({ class: name, probability }) => (
          <li key={name}>
            <button
              type="button"
              title={`Where in the image is “${name}”?`}
              onClick={() => {
                explained.value = name;
                location.hash = 'understand';
              }}
            >
              <span>{name}</span>
              <span class="probability">{percent(probability)}</span>
              <span class="bar" style={{ '--share': `${100 * probability}%` }} />
            </button>
          </li>
        ))}
      </ol>
      {scores.length > few && (
        <button
          type="button"
          class="quiet"
          aria-expanded={listed.value}
          onClick={() => {
            listed.value = !listed.value;
          }}
        >
          {listed.value ? `The first ${few} only` : `All ${scores.length} classes`}
        </button>
      )}
    </>
  );
}
