import { useSignal } from '@preact/signals';
import { rank } from '../../../runtime/classification.ts';
import type { HeatMap } from '../../../runtime/heatMap.ts';
import { csv } from '../../csv.ts';
import { percent } from '../../percent.ts';
import { answering, engine, explained } from '../../state.ts';
import { download } from '../../ui/download.ts';
import { Slider } from '../../ui/slider.tsx';
import { useLatest } from '../../ui/useLatest.ts';
import { HeatMapFigure, Scale } from './heatMapFigure.tsx';
import { placeText, strongestPlace } from './place.ts';
import type { Shown } from './shown.ts';
import { type Answer, probabilityOf } from './useAnswers.ts';

/** A model's map for a class, or why there is none. */
interface Explained {
  readonly answer: Answer;
  readonly asked: string;
  readonly map: HeatMap | 'no convolutions' | 'unknown class';
}

/** Where the models see a class: Grad-CAM over the image. */
export function Gaze({
  photo,
  answers,
  asked,
}: {
  readonly photo: Shown;
  readonly answers: readonly Answer[];
  /** The class, once it is known. */
  readonly asked: string | undefined;
}) {
  const opacity = useSignal(100);
  const running = engine.value;
  const maps = useLatest(
    () => (asked === undefined ? undefined : Promise.all(answers.map((answer) => explain(answer, asked)))),
    [running, answers, asked],
  );
  const shown = maps?.filter(({ answer }) => answer.image === photo.image) ?? [];
  const isNewest =
    asked !== undefined &&
    shown.length === answers.length &&
    shown.every((each, i) => each.asked === asked && each.answer === answers[i]);

  async function explain(answer: Answer, asked: string): Promise<Explained> {
    const { file, image, classes } = answer;
    const { description } = await running.open(file);
    const index = classes.indexOf(asked);
    if (!description.explainable) return { answer, asked, map: 'no convolutions' };
    if (index < 0) return { answer, asked, map: 'unknown class' };
    return { answer, asked, map: await running.explain(file, image, index) };
  }

  return (
    <section aria-labelledby="gaze-title">
      <h3 id="gaze-title">Where it looks</h3>
      <p class="explanation">
        Choose a class: bright is where the network finds what speaks for it, even if the image shows
        something else.
      </p>
      <ClassPicker answers={answers} asked={asked} />
      <div class="columns" aria-busy={!isNewest}>
        {answering.value.map((file) => {
          const found = shown.find(({ answer }) => answer.file === file);
          return (
            <HeatMapFigure
              key={file.name}
              name={file.name}
              photo={photo}
              map={typeof found?.map === 'object' ? found.map : undefined}
              opacity={opacity.value}
            >
              {found === undefined ? 'looking…' : finding(found)}
            </HeatMapFigure>
          );
        })}
      </div>
      <div class="tools">
        <Scale least="nothing" most="the most in the image" />
        <Slider
          label="Opacity"
          unit=" %"
          min={0}
          max={100}
          step={5}
          value={opacity.value}
          onInput={(value) => {
            opacity.value = value;
          }}
        />
        <button
          type="button"
          disabled={!isNewest || !shown.some(({ map }) => typeof map === 'object')}
          onClick={() =>
            download(new Blob([mapsCsv(shown)], { type: 'text/csv' }), `heat map of ${asked}.csv`)
          }
        >
          Download as CSV
        </button>
      </div>
    </section>
  );
}

/** Classes that are shown before all are asked for. */
const firstClasses = 8;

/** The classes of the first model as buttons, its most probable first, with what each model gives them. */
function ClassPicker({
  answers,
  asked,
}: {
  readonly answers: readonly Answer[];
  readonly asked: string | undefined;
}) {
  const all = useSignal(false);
  const [first] = answers;
  const ranked =
    first === undefined ? [] : rank(first.classes, first.probabilities).map(({ class: name }) => name);
  const shown = all.value ? ranked : ranked.filter((name, i) => i < firstClasses || name === asked);
  return (
    <fieldset class="class-picker">
      <legend class="about">
        Class to look for, with its probability
        {answers.length > 1 && ` (${answers.map(({ file }) => file.name).join(' | ')})`}
      </legend>
      {shown.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === asked}
          onClick={() => {
            explained.value = name;
          }}
        >
          {name}{' '}
          <span class="class-share">
            {answers.map((answer) => percent(probabilityOf(answer, name))).join(' | ')}
          </span>
        </button>
      ))}
      {shown.length < ranked.length && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            all.value = true;
          }}
        >
          All {ranked.length} classes
        </button>
      )}
    </fieldset>
  );
}

function finding({ answer, asked, map }: Explained): string {
  if (map === 'unknown class') return `which does not know the class ${asked}.`;
  const given = `${asked} ${percent(probabilityOf(answer, asked))}`;
  if (map === 'no convolutions') {
    return `${given}: this network cannot be asked where it looks. It has no convolutions: its first dense layer mixes all pixels at once, and no map of places is left inside.`;
  }
  const place = strongestPlace(map);
  return place === undefined
    ? `${given}: nothing in the image speaks for it.`
    : `${given}: what speaks for it most is ${placeText(place)}.`;
}

function mapsCsv(shown: readonly Explained[]): string {
  const rows = shown.flatMap(({ answer, asked, map }) =>
    typeof map === 'string'
      ? []
      : map.values.map((value, i) => [
          answer.file.name,
          asked,
          Math.floor(i / map.width) + 1,
          (i % map.width) + 1,
          value,
        ]),
  );
  return csv([['model', 'class', 'row', 'column', 'value'], ...rows]);
}
