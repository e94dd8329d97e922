import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { type HeatMap, heatRamp } from '../../../runtime/heatMap.ts';
import { heatMapPixels } from '../../images/heatMapPixels.ts';
import type { RgbaImage } from '../../images/rgba.ts';
import { Pixels } from '../../ui/pixels.tsx';
import type { Shown } from './shown.ts';
import { useShownPixels } from './useShownPixels.ts';

/** A map of a model over the image. What it shows is said in its caption. */
export function HeatMapFigure({
  name,
  photo: { name: photoName, image },
  map,
  opacity = 100,
  children,
}: {
  /** Of the model. */
  readonly name: string;
  readonly photo: Shown;
  /** Without one the image alone is shown. */
  readonly map: HeatMap | undefined;
  /** In %. */
  readonly opacity?: number;
  readonly children: ComponentChildren;
}) {
  const pixels = useShownPixels(image);
  const overlay = useMemo(() => (map === undefined ? undefined : heatMapPixels(map, image)), [map, image]);
  return (
    <figure data-testid={`heat-map-${name}`}>
      <div class="stage">
        {pixels !== undefined && <Pixels class="stage-pixels" image={pixels} label={photoName} />}
        {pixels !== undefined && overlay !== undefined && (
          <div class="overlay" style={{ opacity: opacity / 100 }}>
            <Pixels class="overlay-pixels" image={overlay} />
          </div>
        )}
      </div>
      <figcaption aria-live="polite">
        <strong>{name}</strong>, {children}
      </figcaption>
    </figure>
  );
}

const ramp: RgbaImage = {
  width: heatRamp.length,
  height: 1,
  data: Uint8ClampedArray.from(heatRamp.flat()),
};

/** The colours of the maps. */
export function Scale({ least, most }: { readonly least: string; readonly most: string }) {
  return (
    <div class="scale about">
      <span>{least}</span>
      <Pixels class="scale-colours" image={ramp} label="Colours from clear to bright" />
      <span>{most}</span>
    </div>
  );
}
