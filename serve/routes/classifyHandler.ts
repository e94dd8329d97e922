import { errorOf } from '../answerProblem.ts';
import { type ClassifyQuery, classifyQuery, explainedClass } from '../classifyQuery.ts';
import type { AppContext } from '../env.ts';
import type { Job } from '../job.ts';
import type { Models } from '../models.ts';
import { naming, problemOf, RequestError } from '../problem.ts';
import { type RequestImage, requestImages } from '../requestImages.ts';
import { type Answer, type Results, toAnswer } from '../results.ts';

export interface ClassifyOptions {
  readonly models: Models;
  /** Of the most probable class, if the request names none. */
  readonly threshold: number;
  readonly maxImages: number;
}

export type ClassifyHandler = (c: AppContext) => Promise<Response>;

/** What became of one image. */
type Outcome = { readonly answer: Answer } | { readonly error: RequestError };

/**
 * Answers with {@link Results} as soon as one of the images could be classified; each other one has an `error` in its
 * place. If none could, the first one's error is thrown, so that the status tells.
 */
export function classifyHandler({ models, threshold, maxImages }: ClassifyOptions): ClassifyHandler {
  return async (c) => {
    const query = classifyQuery(c.req.queries());
    // Before the body is read: what is asked for in vain is refused at once. A model that is replaced in the meantime
    // still answers.
    const { model, explain } = askedModel(models, query);
    const sent = named(c.req.param('file'), await requestImages(c, maxImages));
    const { name, version, description } = model;
    const options = { topK: query.topK, threshold: query.threshold ?? threshold };
    const signal = c.get('signal');

    const outcome = async ({ bytes, file }: RequestImage): Promise<Outcome> => {
      const started = performance.now();
      const job: Job = { image: bytes, ...(explain === undefined ? {} : { explain }) };
      try {
        const prediction = await model.classify(job, signal);
        const total = performance.now() - started;
        return { answer: toAnswer(description, prediction, total, options) };
      } catch (error) {
        return { error: errorOf(c, naming(error, file)) };
      }
    };
    const outcomes = await Promise.all(sent.map(outcome));

    const errors = outcomes.flatMap((each) => ('error' in each ? each.error : []));
    const [first] = errors;
    if (first !== undefined && errors.length === outcomes.length) throw first;
    for (const error of errors) c.get('report')(error);
    const results = outcomes.map((each, i) => {
      const { file } = sent[i] ?? {};
      const from = file === undefined ? {} : { file };
      return 'answer' in each ? { ...from, ...each.answer } : { ...from, error: problemOf(each.error) };
    });
    return c.json({ model: { name, version }, results } satisfies Results);
  };
}

/** @throws RequestError 'model-not-found', 'not-ready', 'invalid-parameter' for a class it does not have, or 'cannot-explain' */
function askedModel(models: Models, query: ClassifyQuery) {
  const model = models.get(query.model, query.version);
  const { classes, explainable } = model.description;
  const explain = explainedClass(query.explain, classes);
  if (explain === undefined || explainable) return { model, explain };
  throw new RequestError(
    'cannot-explain',
    `Expected a model that can be explained, found '${model.name}'. Ask without explain, or for another model.`,
  );
}

/** A name in the path is that of the body, if it has none. */
function named(file: string | undefined, images: readonly RequestImage[]): readonly RequestImage[] {
  return file === undefined ? images : images.map((image) => ({ file, ...image }));
}
