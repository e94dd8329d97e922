/** `npm run pick-examples`: which drawings the default model names rightly, to choose the page's examples from. */
import { Command } from '@commander-js/extra-typings';
import { greatest, maxIndex } from 'd3-array';
import { positiveInteger, runCli } from '../../dsl/cli.ts';
import { type Classifier, loadClassifier } from '../../runtime/classifier.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { defaultModel } from '../../runtime/defaultModel.ts';
import { outOfDistribution } from '../../runtime/outOfDistribution.ts';
import { DRAWINGS, type Drawing } from '../../train/data/drawings.ts';
import { drawPicture } from '../../train/data/synthetic.ts';
import { exampleClasses, firstExampleSeed } from '../catalogue.ts';
import { percent } from '../percent.ts';

const command = new Command('pick-examples')
  .description('Draws pictures of each class, and prints the ones that the default model is surest of.')
  .option('--count <n>', 'drawings of each class', positiveInteger, 40);

/** A drawing that is named rightly. */
interface Named {
  readonly seed: number;
  readonly probability: number;
  /** Whether its energy says that it is none of the classes. */
  readonly unlike: boolean;
}

await runCli(async () => {
  command.parse();
  const { count } = command.opts();
  const classifier = await loadClassifier(defaultModel, { device: 'cpu' });
  const chosen: ReadonlySet<string> = new Set(exampleClasses);
  console.log(`${classifier.description.name}, ${count} drawings of each class (* an example of the page):`);
  for (const [name, drawing] of Object.entries(DRAWINGS)) {
    const named = await namedRightly(classifier, name, drawing, count);
    const known = named.filter(({ unlike }) => !unlike);
    const best = greatest(known, ({ probability }) => probability);
    const surest = best === undefined ? '' : `; surest: seed ${best.seed}, ${percent(best.probability)}`;
    console.log(
      `${chosen.has(name) ? '*' : ' '} ${name}: ${named.length} right, ${known.length} of them known${surest}`,
    );
  }
  await classifier.release();
});

async function namedRightly(
  classifier: Classifier,
  name: string,
  drawing: Drawing,
  count: number,
): Promise<Named[]> {
  const label = classifier.description.classes.indexOf(name);
  const named: Named[] = [];
  for (let seed = firstExampleSeed; seed < firstExampleSeed + count; seed += 1) {
    const image = await decodeImage(await drawPicture(drawing, seed));
    for (const prediction of await classifier.predict([image])) {
      const { probabilities } = prediction;
      if (maxIndex(probabilities) !== label) continue;
      const unlike = outOfDistribution(classifier.description, prediction)?.detected ?? false;
      named.push({ seed, probability: probabilities[label] ?? Number.NaN, unlike });
    }
  }
  return named;
}
