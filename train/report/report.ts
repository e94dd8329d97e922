/** The report on a study, from its kept results alone. */
import type { Page } from '../document/html.ts';
import { drawnNotice, paragraphs } from '../document/section.ts';
import type { ReportContext, WriteSection } from './context.ts';
import { dataSection } from './sections/data.ts';
import { errorsSection } from './sections/errors.ts';
import { experimentsSection } from './sections/experiments.ts';
import { inductiveBiasSection } from './sections/inductiveBias.ts';
import { methodSection } from './sections/method.ts';
import { networksSection } from './sections/networks.ts';
import { trainingSection } from './sections/training.ts';

const sections: readonly WriteSection[] = [
  dataSection,
  networksSection,
  experimentsSection,
  inductiveBiasSection,
  trainingSection,
  errorsSection,
  methodSection,
];

/** @param answers what someone wrote about these results, with its numbers filled in; undefined if nobody did */
export async function studyReport(context: ReportContext, answers: string | undefined): Promise<Page> {
  const { study, numbers } = context;
  const written = [];
  for (const write of sections) written.push(await write(context));
  return {
    title: study.study.title,
    markdown: paragraphs(
      `${numbers.runs.done} of ${numbers.runs.declared} runs are finished. All numbers come from the kept results; \`report.json\` has them, with the measures of each run. \`npm run report -- RESULTS\` writes this report from its folder of results.`,
      study.dataset.synthetic ? drawnNotice : null,
      answers === undefined ? null : paragraphs('## Answers', answers.trim()),
      ...written.map(({ markdown }) => markdown),
    ),
    figures: written.flatMap(({ figures }) => figures),
  };
}
