import { lessonClasses } from '../../catalogue.ts';
import {
  addClass,
  addImages,
  classes,
  fillWithDrawings,
  type LearnClass,
  removeAllImages,
  removeClass,
  removeImage,
  renameClass,
  someHeldBack,
} from '../../learning/classes.ts';
import { ImageInput } from '../../ui/imageInput.tsx';

export interface LockedProps {
  /** While something is trained, nothing is changed that it takes. */
  readonly locked: boolean;
}

/** What is to be told apart, and the images to learn it from. */
export function Classes({ locked }: LockedProps) {
  const empty = classes.value.every(({ images }) => images.length === 0);
  return (
    <section aria-labelledby="learn-classes">
      <h3 id="learn-classes">1. Classes and their images</h3>
      {empty && (
        <p class="learn-try">
          <button type="button" onClick={fillWithDrawings}>
            Try it with drawings
          </button>{' '}
          of two classes: {lessonClasses.join(' and ')}.
        </p>
      )}
      <ol class="learn-classes">
        {classes.value.map((each, place) => (
          <Row key={each.id} each={each} number={place + 1} locked={locked} />
        ))}
      </ol>
      <button type="button" disabled={locked} onClick={addClass}>
        Add a class
      </button>
      {someHeldBack.value && (
        <p class="about">
          Images with a dashed frame are <b>held back</b>: every fifth of a class is not learned from, but
          used to see how good the network is with images that are new to it.
        </p>
      )}
    </section>
  );
}

interface RowProps extends LockedProps {
  readonly each: LearnClass;
  /** From 1. */
  readonly number: number;
}

function Row({ each: { id, name, images }, number, locked }: RowProps) {
  return (
    <li class="card">
      <div class="learn-class-title">
        <label>
          Name of class {number}
          <input
            type="text"
            value={name}
            maxLength={60}
            disabled={locked}
            onInput={({ currentTarget }) => renameClass(id, currentTarget.value)}
          />
        </label>
        <span role="status">{images.length === 1 ? '1 image' : `${images.length} images`}</span>
        <button type="button" class="quiet" disabled={locked} onClick={() => removeClass(id)}>
          Remove class {number}
        </button>
      </div>
      {!locked && <ImageInput label={`Images of ${name}`} onFiles={(files) => addImages(id, files)} />}
      {images.length > 0 && (
        <ul class="learn-images" aria-label={`Images of ${name}`}>
          {images.map((image) => {
            const held = image.heldBack;
            return (
              <li key={image.id} data-held={held} title={held ? `${image.name} (held back)` : image.name}>
                <img
                  src={image.url}
                  alt={held ? `${image.name}, held back` : image.name}
                  width={64}
                  height={64}
                  loading="lazy"
                  decoding="async"
                />
                {!locked && (
                  <button
                    type="button"
                    class="learn-remove"
                    aria-label={`Remove ${image.name}`}
                    onClick={() => removeImage(id, image.id)}
                  >
                    ×
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {images.length > 1 && !locked && (
        <button type="button" class="quiet" onClick={() => removeAllImages(id)}>
          Remove all {images.length} images of class {number}
        </button>
      )}
    </li>
  );
}
