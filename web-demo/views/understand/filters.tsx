import { useMemo } from 'preact/hooks';
import { weightPixels } from '../../../chart/pixels.ts';
import { type FirstLayer, fullColour } from '../../../runtime/firstLayer.ts';
import type { ModelFile } from '../../engine.ts';
import { toRgba } from '../../images/rgba.ts';
import { engine } from '../../state.ts';
import { Pixels } from '../../ui/pixels.tsx';
import { useLatest } from '../../ui/useLatest.ts';

/** The weights of a model's first layer as pictures. */
export function Filters({ file }: { readonly file: ModelFile }) {
  const running = engine.value;
  const found = useLatest(async () => ({ file, first: await running.filters(file) }), [running, file]);
  return (
    <article data-testid={`filters-${file.name}`} aria-busy={found?.file !== file}>
      <h4>{file.name}</h4>
      {found !== undefined && <Weights first={found.first} />}
    </article>
  );
}

function Weights({ first }: { readonly first: FirstLayer }) {
  const { layer, about, filters, size } = first;
  const largest = useMemo(() => fullColour(first), [first]);
  const images = useMemo(
    () => filters.map((filter) => toRgba({ ...size, data: weightPixels(filter, largest) })),
    [filters, size, largest],
  );
  // Units of a dense layer have a weight for every pixel.
  const style = size.height > 16 ? 'weights units' : 'weights';
  return (
    <>
      <p class="about">
        {layer}: {about}. Full colour: a weight of {largest.toPrecision(2)} or more; none of the colour: −
        {largest.toPrecision(2)} or less.
      </p>
      <ul class={style}>
        {images.map((image, i) => (
          // Filters have no other name than their place.
          <li key={i}>
            <Pixels class="cells" image={image} label={`filter ${i + 1}`} />
          </li>
        ))}
      </ul>
    </>
  );
}
