/** The model card, from kept results alone (Mitchell et al. 2019, Model cards for model reporting, https://arxiv.org/abs/1810.03993). */
import type { Page } from '../document/html.ts';
import { drawnNotice, paragraphs } from '../document/section.ts';
import { choiceSection } from './sections/choice.ts';
import { classesSection } from './sections/classes.ts';
import { comparisonSection } from './sections/comparison.ts';
import { compressionSection } from './sections/compression.ts';
import { confidenceSection } from './sections/confidence.ts';
import { dataSection } from './sections/data.ts';
import { failuresSection } from './sections/failures.ts';
import { limitsSection } from './sections/limits.ts';
import { metricsSection } from './sections/metrics.ts';
import { outOfDistributionSection } from './sections/outOfDistribution.ts';
import { recipeSection } from './sections/recipe.ts';
import { reproductionSection } from './sections/reproduction.ts';
import type { CardContext, WriteSection } from './sections/section.ts';
import { triedSection } from './sections/tried.ts';
import { useSection } from './sections/use.ts';

const sections: readonly WriteSection[] = [
  useSection,
  dataSection,
  recipeSection,
  choiceSection,
  metricsSection,
  confidenceSection,
  classesSection,
  outOfDistributionSection,
  failuresSection,
  triedSection,
  compressionSection,
  comparisonSection,
  reproductionSection,
  limitsSection,
];

export async function modelCard(context: CardContext): Promise<Page> {
  const { config, model } = context.results.shipped.evaluation;
  const written = [];
  for (const write of sections) written.push(await write(context));
  return {
    title: `Model card: ${model.name}`,
    markdown: paragraphs(
      `Written by \`npm run model-card -- ${context.folder}\` from what is kept there; every number comes from it.`,
      config.data.synthetic ? drawnNotice : null,
      ...written.map(({ markdown }) => markdown),
    ),
    figures: written.flatMap(({ figures }) => figures),
  };
}
