import { progress } from '../../answers.ts';
import type { ModelFile } from '../../engine.ts';
import { type Answer, isAnswer } from '../../outcome.ts';
import { percent } from '../../percent.ts';
import { answering, current, type Photo, photos, show, threshold } from '../../state.ts';
import { download } from '../../ui/download.ts';
import { predictionsCsv } from './predictionsCsv.ts';

/** Columns of each model. */
const columns = [
  { title: 'Top class', kind: 'text' },
  { title: 'Probability', kind: 'number' },
  { title: 'Abstained', kind: 'text' },
  { title: 'ms', kind: 'number' },
];

/** What the models say of all images, as a table. */
export function Batch() {
  const { done, of } = progress.value;
  return (
    <div class="batch">
      <h3 id="batch-title">All {photos.value.length} images</h3>
      <div class="batch-controls">
        <button type="button" disabled={done < of} onClick={downloadCsv}>
          Download CSV
        </button>
        {done < of ? (
          <label class="progress">
            {done} of {of} answers
            <progress value={done} max={of} />
          </label>
        ) : (
          <span role="status">{of} answers.</span>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard. */}
      <section class="scroll" aria-labelledby="batch-title" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th rowSpan={2} scope="col">
                Image
              </th>
              {answering.value.map(({ name }) => (
                <th key={name} colSpan={columns.length} scope="colgroup" data-first>
                  {name}
                </th>
              ))}
            </tr>
            <tr>
              {answering.value.flatMap(({ name }) =>
                columns.map(({ title, kind }, at) => (
                  <th key={`${name} ${title}`} scope="col" class={kind} data-first={at === 0}>
                    {title}
                  </th>
                )),
              )}
            </tr>
          </thead>
          <tbody>
            {photos.value.map((photo) => (
              <Row key={photo.id} photo={photo} />
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Row({ photo }: { readonly photo: Photo }) {
  return (
    <tr aria-current={current.value?.id === photo.id}>
      <th scope="row">
        <button type="button" class="quiet" onClick={() => show(photo)}>
          {photo.name}
        </button>
      </th>
      {answering.value.map((file) => (
        <Cells key={file.name} photo={photo} file={file} />
      ))}
    </tr>
  );
}

function Cells({ photo, file }: { readonly photo: Photo; readonly file: ModelFile }) {
  const outcome = photo.answers.value.get(file);
  if (outcome === undefined)
    return (
      <td colSpan={columns.length} data-first>
        …
      </td>
    );
  if (!isAnswer(outcome))
    return (
      <td colSpan={columns.length} data-first>
        {outcome.failure}
      </td>
    );
  const [top] = outcome.scores;
  const probability = top?.probability ?? 0;
  return (
    <>
      <td data-first>{top?.class}</td>
      <td class="number">{percent(probability)}</td>
      <td>{probability < threshold.value ? 'yes' : 'no'}</td>
      <td class="number">{outcome.milliseconds.toFixed(1)}</td>
    </>
  );
}

function downloadCsv(): void {
  const rows = photos.value.flatMap((photo) =>
    answering.value.map((file) => {
      const outcome = photo.answers.value.get(file);
      const answer: Answer | undefined = outcome !== undefined && isAnswer(outcome) ? outcome : undefined;
      return { image: photo.name, model: file.name, answer };
    }),
  );
  const csv = predictionsCsv(rows, threshold.value);
  download(new Blob([csv], { type: 'text/csv' }), 'predictions.csv');
}
