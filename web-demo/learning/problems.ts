/** What keeps a training from starting, in words for the user. */

/** Images of a class to learn from, at least: from one alone nothing is learned but that image. */
const fewestImages = 2;

interface NamedImages {
  readonly name: string;
  readonly images: readonly { readonly heldBack: boolean }[];
}

/** One sentence for each thing to mend, in the order of the classes; none if training can start. */
export function problemsOf(named: readonly NamedImages[]): string[] {
  const names = named.map(({ name }) => name.trim());
  const twice = new Set(names.filter((name, i) => name !== '' && names.indexOf(name) !== i));
  return [
    ...(named.length < 2 ? ['Add a second class: with one there is nothing to tell apart.'] : []),
    ...(names.includes('') ? ['Give every class a name.'] : []),
    ...[...twice].map((name) => `Two classes are called “${name}”: rename one.`),
    ...named.flatMap(({ name, images }, i) => {
      const missing = fewestImages - images.filter(({ heldBack }) => !heldBack).length;
      if (missing <= 0) return [];
      const title = name.trim() === '' ? `class number ${i + 1}` : `“${name.trim()}”`;
      const wanted = images.length === 0 ? `at least ${fewestImages} images` : `at least ${missing} more`;
      return [`Give ${title} ${wanted}; ten or more work better.`];
    }),
  ];
}
