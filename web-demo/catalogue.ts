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
 * from photographs, and see ground in most drawings: of forty of each class these are the ones that the default model is
 * surest of.
 */
export const examples = { wheel: 18, horizon: 26, 'mastcam cal target': 15, turret: 33 } as const;
export type ExampleClass = keyof typeof examples;
export const exampleClasses = [
  'wheel',
  'horizon',
  'mastcam cal target',
  'turret',
] as const satisfies readonly ExampleClass[];

/** Relative to the page. */
export function exampleFile(name: ExampleClass): string {
  return `examples/${name.replaceAll(' ', '-')}.jpg`;
}

/** Drawn pictures to learn from, of two classes that nobody takes for each other; relative to the page. */
export const lessonClasses = ['wheel', 'horizon'] as const;
/** Of each class, from 0: three of them are held back. */
export const lessonSize = 15;
export function lessonFile(name: (typeof lessonClasses)[number], picture: number): string {
  return `examples/${name}-${picture}.jpg`;
}
