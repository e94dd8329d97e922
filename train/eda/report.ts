/** The report on a data set, from its numbers. */
import { SPLITS } from '../data/listing.ts';
import type { Page } from '../document/html.ts';
import { drawnNotice, paragraphs } from '../document/section.ts';
import { counted, listed, whole } from '../document/wording.ts';
import { findings } from './findings.ts';
import type { Eda } from './schema.ts';
import { appearanceSection } from './sections/appearance.ts';
import { classSection } from './sections/classes.ts';
import { duplicateSection } from './sections/duplicates.ts';
import { fileSection } from './sections/files.ts';
import { method } from './sections/method.ts';
import { nameSection } from './sections/names.ts';
import type { Pictures, WriteSection } from './sections/section.ts';
import { shiftSection } from './sections/shift.ts';
import { total } from './summarise.ts';

const sections: readonly WriteSection[] = [
  classSection,
  shiftSection,
  nameSection,
  duplicateSection,
  appearanceSection,
  fileSection,
];

/** @param pictures null if the report is to show no images of the data set */
export async function edaReport(eda: Eda, pictures: Pictures | null): Promise<Page> {
  const { name, images, synthetic, fingerprint } = eda.dataset;
  const written = await Promise.all(sections.map((write) => write(eda, pictures)));
  const sizes = listed(SPLITS.map((split) => `${whole(images[split])} ${split}`));
  return {
    title: `The data: ${name}`,
    markdown: paragraphs(
      `${counted(total(images), 'image')} of ${counted(eda.classes.length, 'class', 'classes')}: ${sizes}. Fingerprint \`${fingerprint.slice(0, 12)}\`; all numbers are in \`eda.json\`. Written by \`npm run eda\`.`,
      synthetic ? drawnNotice : null,
      pictures === null ? 'Figures that show images were left out (`--no-images`).' : null,
      '## Findings',
      findings(eda)
        .map((finding) => `- ${finding}`)
        .join('\n'),
      ...written.map(({ markdown }) => markdown),
      method,
    ),
    figures: written.flatMap(({ figures }) => figures),
  };
}
