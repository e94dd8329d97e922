/** What the first layers look for: their weights as pictures (figure 07c). */
import { weightPixels } from '../../../chart/pixels.ts';
import { firstLayer, fullColour } from '../../../runtime/firstLayer.ts';
import type { KeptModel } from './keptModel.ts';
import { drawPanels, type Panel } from './panels.ts';
import { tilePanel } from './tiles.ts';

/** Of filters, in pixels. */
const target = 36;
/** Of the filters of one model: two models stand beside each other. */
const columns = 8;

/**
 * The filters of the first layer of each model, beside each other: the weights of red, green and blue as these
 * colours, mid-grey being 0. The filters of one model have one scale, which is said ({@link fullColour}); what is
 * beyond looks the same.
 *
 * @returns an SVG document with the pixels in it
 */
export async function firstLayerFilters(kept: readonly KeptModel[]): Promise<string> {
  const panels: Panel[] = [];
  for (const { variant, model, weights } of kept) {
    const first = firstLayer(model, weights);
    const largest = fullColour(first);
    panels.push(
      await tilePanel({
        title: variant,
        notes: [first.about, `full colour: ±${largest.toPrecision(2)}`],
        images: first.filters.map((filter) => weightPixels(filter, largest)),
        size: first.size,
        target,
        columns,
      }),
    );
  }
  return drawPanels(
    [panels],
    `Weights of the first layers of ${kept.map(({ variant }) => variant).join(', ')}`,
  );
}
