/** How it was measured, where, and what has not run. */
import { paragraphs } from '../../document/section.ts';
import type { ReportContext, WriteSection } from '../context.ts';

export const methodSection: WriteSection = async (context) => ({
  markdown: paragraphs(
    '## How it was measured',
    settings(context),
    'The weights that are tested are those of the epoch that is best on val; test is scored when a run is over, then once more with its images moved, and chooses nothing.',
    "Two networks are compared on the same test images and the same seeds, by a bootstrap of 10,000 resamples. Images of one Martian day show the same things, so the interval to go by is the one that draws whole days (\"by Martian day\"), and not the one that draws single images. A bootstrap over three seeds understates what seeds do; so the interval of Student's t over the seeds' differences stands beside it, and a difference is called real only if p is under 0.05 after Holm's correction for the number of comparisons in the experiment, accuracy and F1 each by itself, and the interval over seeds leaves zero out as well. Between experiments nothing is corrected for.",
    machines(context),
    notRun(context),
  ),
  figures: [],
});

function settings({ study }: ReportContext): string {
  const common = Object.values(study.study.variants).map(({ options }) => JSON.stringify(options));
  const counts = new Map(common.map((text) => [text, common.filter((other) => other === text).length]));
  const usual = [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), ['{}', 0]);
  return `What most networks share (all settings of each are in \`study.json\`):\n\n\`\`\`json\n${JSON.stringify(JSON.parse(usual[0]), undefined, 1).replaceAll(/\n\s*/g, ' ')}\n\`\`\``;
}

function machines({ study }: ReportContext): string | null {
  const environments = new Set(
    study.results.map(({ environment, device, threads }) =>
      [
        ...Object.entries(environment).map(([part, version]) => `${part} ${version}`),
        `on ${device} with ${threads} threads`,
      ].join(', '),
    ),
  );
  if (environments.size === 0) return null;
  return `Machine and software: ${[...environments].join('; ')}.`;
}

function notRun({ study, numbers }: ReportContext): string {
  const { done, declared } = numbers.runs;
  const missing = Object.keys(study.study.variants).filter(
    (variant) => !study.results.some((result) => result.variant === variant),
  );
  return `${done} of ${declared} declared runs are finished${missing.length === 0 ? '' : `; not run: ${missing.join(', ')}`}. \`npm run experiments\` goes on with the rest.`;
}
