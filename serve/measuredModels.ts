import { outOfDistribution } from '../runtime/outOfDistribution.ts';
import type { Metrics } from './metrics.ts';
import type { Models, ServedModel } from './models.ts';

/** The same models, with each image that they are given counted and timed; not ready if the server is about to end. */
export function measuredModels(models: Models, metrics: Metrics, draining: () => boolean): Models {
  const measured = (model: ServedModel): ServedModel => ({
    name: model.name,
    version: model.version,
    description: model.description,
    async classify(job, signal) {
      try {
        const prediction = await model.classify(job, signal);
        const unlike = outOfDistribution(model.description, prediction)?.detected;
        metrics.classified(model, prediction.milliseconds, unlike);
        return prediction;
      } catch (error) {
        metrics.failed(model);
        throw error;
      }
    },
  });
  return {
    get ready() {
      return models.ready && !draining();
    },
    list: () => models.list().map(measured),
    get: (name, version) => measured(models.get(name, version)),
  };
}
