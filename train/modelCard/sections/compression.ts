/** The same weights, stored smaller. */
import { paragraphs } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { mediansOf } from '../compression.ts';
import { megabytes, valueText } from '../format.ts';
import { compressionFile } from '../results.ts';
import { text, type WriteSection } from './section.ts';

export const compressionSection: WriteSection = async ({ results, folder }) => {
  const { compression } = results;
  if (compression === null) {
    return text(
      paragraphs(
        '## Compression',
        `\`${compressionFile}\` is not in ${folder}: \`npm run compress -- MODEL.onnx --out ${folder}/${compressionFile}\` measures it.`,
      ),
    );
  }
  const measured = compression.rows.map((row) => ({ ...row, medians: new Map(mediansOf(row.latencyMs)) }));
  const latencies = [...new Set(measured.flatMap(({ medians }) => [...medians.keys()]))];
  const table = markdownTable(
    ['weights', 'size', 'val (%)', 'test (%)', ...latencies.map((name) => `${name} (ms)`.trim())],
    measured.map(({ weights, bytes, val, test, medians }) => [
      weights,
      megabytes(bytes),
      valueText(val, 'percent'),
      valueText(test, 'percent'),
      ...latencies.map((name) => medians.get(name)?.toFixed(2) ?? '-'),
    ]),
    { align: ['left', ...new Array<'right'>(3 + latencies.length).fill('right')] },
  );
  return text(
    paragraphs(
      '## Compression',
      `Accuracy, size of the file and latency (medians) with weights of several types. ${machineText(compression.machine)}`.trim(),
      table,
    ),
  );
};

function machineText(machine: unknown): string {
  if (typeof machine === 'string') return `Measured on ${machine}.`;
  if (typeof machine !== 'object' || machine === null) return '';
  return `Measured on: ${Object.entries(machine)
    .map(([part, version]) => `${part} ${version}`)
    .join(', ')}.`;
}
