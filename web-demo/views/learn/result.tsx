import { imagesOf } from '../../learning/classes.ts';
import type { Answer, FineTuned } from '../../learning/fineTuningParts.ts';
import { type Run, trainOn, useInPredict } from '../../learning/run.ts';
import { megabytes } from '../../megabytes.ts';
import { wholePercent } from '../../percent.ts';
import { download } from '../../ui/download.ts';

interface ResultProps {
  readonly run: Run;
  readonly result: FineTuned;
}

/** What came of it, and what to do with it. */
export function Result({ run, result }: ResultProps) {
  const { name } = run.settings;
  const file = `${name}.onnx`;
  return (
    <section aria-labelledby="learn-result" data-testid="learn-result">
      <h3 id="learn-result">4. Result</h3>
      <Judgement run={run} result={result} />
      <div class="learn-buttons">
        <button type="button" class="primary" onClick={() => useInPredict(run)}>
          Use it in Predict
        </button>
        <button type="button" onClick={() => trainOn(run)}>
          Train on
        </button>
        <button
          type="button"
          onClick={() =>
            download(new Blob([Uint8Array.from(result.bytes)], { type: 'application/octet-stream' }), file)
          }
        >
          Download model ({megabytes(result.bytes.length)}, .onnx)
        </button>
      </div>
      <p class="about">
        “Train on” goes on from here, with the same images and what is chosen above: after the head, try all
        layers.
      </p>
      <p class="about">
        The file holds the whole network with the names of your classes. Areograph serves it over HTTP:{' '}
        <code>npm run serve -- --model {file}</code>
      </p>
    </section>
  );
}

function Judgement({ run, result: { epoch, heldBack } }: ResultProps) {
  const { classes } = run.settings;
  if (heldBack === undefined) {
    return (
      <p>
        Done: it learned for {epoch} epochs. No image was held back, so how good it is nobody knows: give five
        or more images of each class to see.
      </p>
    );
  }
  const { answers, accuracy } = heldBack;
  const wrong = answers.filter(({ label, predicted }) => label !== predicted);
  const right = answers.length - wrong.length;
  return (
    <>
      <p>
        Done: it names{' '}
        <strong>
          {right} of {answers.length} held-back {answers.length === 1 ? 'image' : 'images'}
        </strong>{' '}
        right ({wholePercent(accuracy)}). Guessing would get {wholePercent(1 / classes.length)}. These are the
        weights after epoch {epoch}, the best by these same images, so that new ones may do a little worse.
        {answers.length < 20 && ' With so few held-back images this is a rough figure.'}
      </p>
      {classes.length > 2 && <Confusion classes={classes} answers={answers} />}
      {wrong.length > 0 && <Mistakes run={run} wrong={wrong} />}
    </>
  );
}

function Confusion({
  classes,
  answers,
}: {
  readonly classes: readonly string[];
  readonly answers: readonly Answer[];
}) {
  const count = (label: number, predicted: number) =>
    answers.filter((answer) => answer.label === label && answer.predicted === predicted).length;
  return (
    <div class="scroll">
      <table class="learn-confusion">
        <caption>Held-back images: what they show (rows) and what they are taken for (columns)</caption>
        <thead>
          <tr>
            <td />
            {classes.map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((name, label) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {classes.map((other, predicted) => (
                <td key={other} class="number" data-right={label === predicted}>
                  {count(label, predicted)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Mistakes({ run, wrong }: { readonly run: Run; readonly wrong: readonly Answer[] }) {
  const { classes } = run.settings;
  const images = imagesOf(run.classes);
  return (
    <>
      <h4>What it gets wrong</h4>
      <ul class="learn-mistakes">
        {wrong.map(({ sample, label, predicted }) => {
          const image = images[sample]?.image;
          return (
            image !== undefined && (
              <li key={sample}>
                <figure>
                  <img src={image.url} alt={image.name} width={96} height={96} />
                  <figcaption>
                    {classes[label]}, taken for {classes[predicted]}
                  </figcaption>
                </figure>
              </li>
            )
          );
        })}
      </ul>
    </>
  );
}
