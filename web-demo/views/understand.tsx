import './understand.css';
import { answering, current } from '../state.ts';
import { chosenClass } from './understand/chosenClass.ts';
import { Covered } from './understand/covered.tsx';
import { Curve } from './understand/curve.tsx';
import { Features } from './understand/features.tsx';
import { Filters } from './understand/filters.tsx';
import { Gaze } from './understand/gaze.tsx';
import { LayerTable } from './understand/layerTable.tsx';
import { Moved } from './understand/moved.tsx';
import { useAnswers } from './understand/useAnswers.ts';

/** What goes on in the chosen models: for the image that is looked at, and in themselves. */
export function Understand() {
  const photo = current.value;
  const answers = useAnswers(photo?.image);
  const files = answering.value;
  const asked = chosenClass(answers);
  return (
    <div class="understand">
      {photo === undefined ? (
        <p>Choose an image, or one of the drawings, and see what the network makes of it.</p>
      ) : (
        <>
          <Gaze photo={photo} answers={answers} asked={asked} />
          <Covered key={photo.id} photo={photo} asked={asked} />
          <Moved photo={photo} answers={answers} />
          <Curve key={photo.id} photo={photo} asked={asked} />
          <section aria-labelledby="features-title">
            <h3 id="features-title">What each layer makes of it</h3>
            <p class="explanation">
              Every layer turns what it is given into new pictures, its channels: the first find edges and
              colours, later ones parts of things. Here are those of one layer, the most active first.
            </p>
            <div class="columns">
              {files.map((file) => (
                <Features key={file.name} file={file} image={photo.image} />
              ))}
            </div>
          </section>
        </>
      )}
      <section aria-labelledby="filters-title">
        <h3 id="filters-title">What the first layer looks for</h3>
        <p class="explanation">
          The weights of the first layer, as colours: grey is 0, a full colour a large weight for it. A
          convolution slides each of its small filters over the whole image; a dense layer has a weight for
          every single pixel.
        </p>
        <div class="columns">
          {files.map((file) => (
            <Filters key={file.name} file={file} />
          ))}
        </div>
      </section>
      <section aria-labelledby="layers-title">
        <h3 id="layers-title">All layers</h3>
        {files.map((file) => (
          <LayerTable key={file.name} name={file.name} />
        ))}
      </section>
    </div>
  );
}
