import { type ExampleClass, exampleClasses, exampleFile } from '../catalogue.ts';
import { fetchBytes } from '../engine.ts';
import {
  addFiles,
  complain,
  current,
  type Photo,
  photos,
  reading,
  removeAllPhotos,
  removePhoto,
  show,
} from '../state.ts';
import { ImageInput } from './imageInput.tsx';

/** The images that were given, and the ways to give more. */
export function Photos() {
  return (
    <section class="photos" aria-label="Images">
      <ImageInput label="Add images" onFiles={addFiles} />
      <Examples />
      <Reading />
      {photos.value.length > 0 && <Given />}
    </section>
  );
}

function Examples() {
  return (
    <div class="examples">
      <p id="examples-hint">
        No photograph of Mars at hand? Try a drawing. These were picked: the networks learned from photographs
        alone, and see ground in most drawings.
      </p>
      <ul aria-labelledby="examples-hint">
        {exampleClasses.map((name) => (
          <li key={name}>
            <button
              type="button"
              class="thumbnail"
              aria-label={`Drawn ${name}`}
              onClick={() => giveExample(name)}
            >
              <img src={exampleFile(name)} alt="" width={56} height={56} draggable={false} />
              {name}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

async function giveExample(name: ExampleClass): Promise<void> {
  try {
    const bytes = await fetchBytes(exampleFile(name));
    await addFiles([new File([bytes], `${name} (drawing).jpg`, { type: 'image/jpeg' })]);
  } catch (error) {
    complain(error);
  }
}

function Reading() {
  if (reading.value === undefined) return null;
  const { done, of } = reading.value;
  return (
    <label class="progress">
      Reading {of === 1 ? '1 image' : `${of} images`}
      <progress value={done} max={of} />
    </label>
  );
}

function Given() {
  return (
    <div class="given">
      <ul aria-label="Your images">
        {photos.value.map((photo) => (
          <Thumbnail key={photo.id} photo={photo} />
        ))}
      </ul>
      {photos.value.length > 1 && (
        <button type="button" onClick={removeAllPhotos}>
          Remove all {photos.value.length}
        </button>
      )}
    </div>
  );
}

function Thumbnail({ photo }: { readonly photo: Photo }) {
  const { id, name, url } = photo;
  return (
    <li>
      <button
        type="button"
        class="thumbnail"
        title={name}
        aria-pressed={current.value?.id === id}
        onClick={() => show(photo)}
      >
        <img src={url} alt="" width={72} height={72} loading="lazy" decoding="async" draggable={false} />
        <span>{name}</span>
      </button>
      <button type="button" class="remove" aria-label={`Remove ${name}`} onClick={() => removePhoto(photo)}>
        ×
      </button>
    </li>
  );
}
