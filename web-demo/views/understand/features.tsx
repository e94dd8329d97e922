import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { magnitudePixels } from '../../../chart/pixels.ts';
import type { LayerSummary } from '../../../dsl/summary.ts';
import { byActivity, type FeatureMap } from '../../../runtime/featureMaps.ts';
import type { RgbImage } from '../../../runtime/image.ts';
import type { ModelFile } from '../../engine.ts';
import { toRgba } from '../../images/rgba.ts';
import type { Features as LayerOutput } from '../../inference/understanding.ts';
import { engine, opened } from '../../state.ts';
import { Pixels } from '../../ui/pixels.tsx';
import { Scrolling } from '../../ui/scrolling.tsx';
import { useLatest } from '../../ui/useLatest.ts';
import { type Extent, extentOf } from './extent.ts';

/** What one layer of a model gives for the image. */
export function Features({ file, image }: { readonly file: ModelFile; readonly image: RgbImage }) {
  const chosen = useSignal<string | undefined>(undefined);
  const running = engine.value;
  const layers = opened.value.get(file.name)?.summary.layers ?? [];
  const layer = layers.find(({ name }) => name === chosen.value) ?? usualLayer(layers);
  const output = useLatest(
    async () =>
      layer && { image, layer: layer.name, features: await running.features(file, image, layer.name) },
    [running, file, image, layer?.name],
  );
  const isNewest = output?.image === image && output.layer === layer?.name;
  return (
    <article data-testid={`features-${file.name}`} aria-busy={!isNewest}>
      <h4>{file.name}</h4>
      <label class="layer-choice">
        Layer{' '}
        <select
          value={layer?.name}
          onChange={({ currentTarget: { value } }) => {
            chosen.value = value;
          }}
        >
          {layers.map(({ name, shape }) => (
            <option key={name} value={name}>
              {name} {shape}
            </option>
          ))}
        </select>
      </label>
      {output !== undefined && <Output features={output.features} />}
    </article>
  );
}

/** What is shown at first: the first layer with a threshold, after which there are only features that were found. */
function usualLayer(layers: readonly LayerSummary[]): LayerSummary | undefined {
  return layers.find(({ kind }) => kind === 'relu') ?? layers[1];
}

function Output({ features: { dims, values } }: { readonly features: LayerOutput }) {
  const [channels = 0, height, width] = dims;
  return height === undefined || width === undefined ? (
    <Strip values={values} />
  ) : (
    <Channels count={channels} height={height} width={width} values={values} />
  );
}

function Channels({
  count,
  height,
  width,
  values,
}: {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}) {
  const maps = useMemo(() => byActivity(values, height, width), [values, height, width]);
  return (
    <>
      <p class="about">
        {count} {count === 1 ? 'channel' : 'channels'} of {height}×{width}, the highest mean first; each from
        its least value (dark) to its largest (bright), which are written under it.
      </p>
      <Scrolling label="Channels" class="channels-frame">
        <ul class="channels">
          {maps.map((map) => (
            <Channel key={map.channel} map={map} height={height} width={width} />
          ))}
        </ul>
      </Scrolling>
    </>
  );
}

function Channel({
  map: { channel, values },
  height,
  width,
}: {
  readonly map: FeatureMap;
  readonly height: number;
  readonly width: number;
}) {
  const extent = useMemo(() => extentOf(values), [values]);
  const image = useMemo(
    () => toRgba({ height, width, data: pixelsWithin(values, extent) }),
    [values, extent, height, width],
  );
  return (
    <li>
      <Pixels class="cells" image={image} label={`channel ${channel + 1}`} />
      <span class="channel-text">
        <b>{channel + 1}</b> {extentText(extent)}
      </span>
    </li>
  );
}

/** So many numbers stand in a row of a strip. */
const stripColumns = 64;

/** Numbers without rows and columns: as cells, in their order. */
function Strip({ values }: { readonly values: Float32Array }) {
  const extent = useMemo(() => extentOf(values), [values]);
  const columns = Math.min(values.length, stripColumns);
  const image = useMemo(() => {
    const rows = Math.ceil(values.length / columns);
    const cells = toRgba({ height: rows, width: columns, data: pixelsWithin(values, extent) });
    // Cells after the last number stay clear.
    cells.data.fill(0, values.length * 4);
    return cells;
  }, [values, extent, columns]);
  return (
    <>
      <p class="about">
        {values.length} numbers, row by row, {columns} in a row: from {extentText(extent)}, dark to bright.
      </p>
      <Pixels class="cells" image={image} label={`${values.length} numbers as cells`} />
    </>
  );
}

function pixelsWithin(values: Float32Array, { least, largest }: Extent): Uint8Array {
  return magnitudePixels(
    values.map((value) => value - least),
    largest - least,
  );
}

function extentText({ least, largest }: Extent): string {
  return `${short(least)} to ${short(largest)}`;
}

/** Two significant digits, without powers of ten where they can be avoided. */
function short(value: number): string {
  return value === 0 ? '0' : `${Number(value.toPrecision(2))}`;
}
