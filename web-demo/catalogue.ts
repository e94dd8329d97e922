/** Which models the page has: what the build writes beside them, and the page reads. */
import { z } from 'zod';

export const catalogueSchema = z.array(
  z.object({
    name: z.string(),
    /** Relative to the page. */
    file: z.string(),
    bytes: z.int().positive(),
    /** What its weights are stored as. */
    weightType: z.enum(['float32', 'float16', 'int8']),
  }),
);
/** The default model first. */
export type Catalogue = z.infer<typeof catalogueSchema>;
export type CatalogueEntry = Catalogue[number];

/** Relative to the page. */
export const catalogueFile = 'catalogue.json';

/**
 * Drawn pictures to try the page with: the class that each shows, and the seed that it is drawn with. The networks learned
 * from photographs, and see ground in most drawings. `npm run pick-examples` asks the default model about forty of each
 * class: these are the classes that it names rightly, and of each the drawing that it is surest of.
 */
export const examples = { wheel: 19, ground: 54, horizon: 53, 'drill holes': 48 } as const;
export type ExampleClass = keyof typeof examples;
/** In the order to show them. */
export const exampleClasses = [
  'wheel',
  'ground',
  'horizon',
  'drill holes',
] as const satisfies readonly ExampleClass[];

/** Relative to the page. */
export function exampleFile(name: ExampleClass): string {
  return `examples/${name.replaceAll(' ', '-')}.jpg`;
}

/** Drawn pictures to learn from, of two classes that nobody takes for each other; relative to the page. */
export const lessonClasses = ['wheel', 'horizon'] as const;
/** Of each class, from 0: three of them are held back. */
export const lessonSize = 15;
/** Seeds from here on are for examples: those before are of pictures to learn from, of which none is to be predicted. */
export const firstExampleSeed = 1 + lessonSize;
export function lessonFile(name: (typeof lessonClasses)[number], picture: number): string {
  return `examples/${name}-${picture}.jpg`;
}
