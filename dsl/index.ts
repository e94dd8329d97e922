/** Declaring networks: what a file that exports a model needs. */
export { type Architecture, fromArchitecture, toArchitecture } from './architecture.ts';
export { AreographError, type Problem } from './errors.ts';
export { type Model, model } from './model.ts';
export type { N, Padding, Shape } from './shape.ts';
export { type ModelSummary, summarize, summary } from './summary.ts';
export { add, concat, ensemble, Head, input, scale, Tensor } from './tensor.ts';
export { type ZooName, type ZooOptions, zoo } from './zoo.ts';
