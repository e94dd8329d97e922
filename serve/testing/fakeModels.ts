/** For tests of routes: models that answer what they are told to, at once. */
import type { Job, Prediction } from '../job.ts';
import type { Models, ServedModel } from '../models.ts';
import { RequestError } from '../problem.ts';

/** A model of three classes, which gives 0.7, 0.2 and 0.1 unless `classify` says otherwise. */
export function fakeModel(
  name = 'fake',
  version = '1',
  classify: (job: Job, signal: AbortSignal) => Promise<Prediction> = async () => prediction([0.7, 0.2, 0.1]),
): ServedModel {
  const description = {
    name,
    classes: ['wheel', 'ground', 'horizon'],
    input: { height: 32, width: 32 },
    explainable: true,
    temperature: 1,
    mirror: false,
    givesEnergy: false,
    provenance: { dataset: 'drawings' },
  };
  return { name, version, description, classify };
}

/** A fake model that gives these energies, one after the other, and has a threshold for them if there is one. */
export function energeticModel(energies: readonly number[], energyThreshold?: number): ServedModel {
  const coming = energies.values();
  const model = fakeModel('fake', '1', async () => {
    const { value, done } = coming.next();
    return done ? prediction([0.7, 0.2, 0.1]) : { ...prediction([0.7, 0.2, 0.1]), energy: value };
  });
  const threshold = energyThreshold === undefined ? {} : { energyThreshold };
  return {
    ...model,
    description: { ...model.description, temperature: 1.5, givesEnergy: true, ...threshold },
  };
}

export function prediction(probabilities: readonly number[]): Prediction {
  return {
    probabilities: Float32Array.from(probabilities),
    milliseconds: { queue: 0, decode: 1, inference: 2 },
  };
}

/** The first model is the default; versions of a name stand in the order given, the newest first. */
export function fakeModels(...models: readonly ServedModel[]): Models {
  return {
    ready: models.length > 0,
    list: () => models,
    get(name = models[0]?.name, version) {
      const found = models.find(
        (model) => model.name === name && (version === undefined || model.version === version),
      );
      if (found !== undefined) return found;
      throw new RequestError('model-not-found', `Expected a model that is served, found '${name}'.`);
    },
  };
}
