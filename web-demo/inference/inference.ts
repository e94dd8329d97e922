/** Models in a worker, so that the page stays responsive: they compute there, and the page only asks. */
import type { ModelSummary } from '../../dsl/summary.ts';
import type { ModelDescription, Prediction as ModelPrediction } from '../../runtime/classifier.ts';
import type { FirstLayer } from '../../runtime/firstLayer.ts';
import type { HeatMap } from '../../runtime/heatMap.ts';
import type { RgbImage } from '../../runtime/image.ts';
import type { Backend, BackendChoice } from './backend.ts';
import type { Features } from './understanding.ts';

export interface Prediction extends ModelPrediction {
  /** Of resizing, normalising and the network. */
  readonly milliseconds: number;
}

export interface OpenedModel {
  readonly description: ModelDescription;
  readonly summary: ModelSummary;
}

/** What the worker does (`inferenceWorker.ts`), as Comlink offers it. Models are asked for by the key that they were opened under. */
export interface Inference {
  /** Chooses a backend and loads it, for 'auto' another if a GPU does not start; before all else, and once. @throws AreographError 'device' */
  start(choice: BackendChoice): Promise<Backend>;
  /** Opens a model file, in place of the one under this key. @throws AreographError 'model' */
  open(key: string, bytes: Uint8Array): Promise<OpenedModel>;
  predict(key: string, image: RgbImage): Promise<Prediction>;
  /** @throws AreographError 'explain' if nothing can be said of this kind of network */
  explain(key: string, image: RgbImage, classIndex: number): Promise<HeatMap>;
  /** What a layer gives for an image; see `understanding.ts`. */
  features(key: string, image: RgbImage, layer: string): Promise<Features>;
  /** The weights of the first layer. */
  filters(key: string): Promise<FirstLayer>;
}
