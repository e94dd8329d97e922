/** For tests: layers of a model to freeze, drawn at random; at least one that has parameters is left out. */
import { layerParameters, type Model } from '../../dsl/model.ts';
import { uniform } from '../reference/noise.ts';

/** Names of about half of the layers, by the draw of that number. */
export function someLayers({ layers }: Model, draw: number): string[] {
  const lots = uniform(`frozen/${draw}`, layers.length);
  const spared = layers.findLast((layer) => layerParameters(layer).length > 0);
  return layers.filter((layer, i) => layer !== spared && (lots[i] ?? 0) < 0.5).map(({ name }) => name);
}
