/** npm run evaluate -- runs/NAME --out results/marsnet/runs/1.json */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { runCli } from '../../dsl/cli.ts';
import { percent, TaskBar } from '../progressBar.ts';
import { shownPath } from '../shownPath.ts';
import { writeTextAtomic } from '../writeFile.ts';
import { evaluateRun } from './evaluateRun.ts';

const command = new Command('evaluate')
  .description(
    'Measures the model that a finished run exported, on val, test and images of none of the classes.',
  )
  .argument('<run>', 'folder of the run')
  .requiredOption('--out <file>', 'JSON with all that was measured')
  .option('--data <dir>', 'the images that it was trained with (default: where they were then)');

await runCli(async () => {
  command.parse();
  const { out, data } = command.opts();
  const [run] = command.processedArgs;
  const bar = new TaskBar();
  const evaluation = await evaluateRun({
    run,
    data,
    onProgress: (task, done, total) => bar.update(task, done, total),
    onSkip: (reason) => {
      bar.stop();
      console.warn(`SKIPPED: ${reason}`);
    },
  }).finally(() => bar.stop());
  mkdirSync(dirname(out), { recursive: true });
  writeTextAtomic(out, `${JSON.stringify(evaluation)}\n`);
  if (evaluation.config.data.synthetic)
    console.log('These are drawings, not photographs: the figures below say nothing about Mars.');
  for (const split of ['val', 'test'] as const) {
    const { accuracy, macroF1, calibration, coverage } = evaluation.splits[split];
    const { plain, fitted } = calibration;
    const answered =
      coverage.at90 === null
        ? 'no image reaches a confidence of 0.9'
        : `from a confidence of 0.9 on ${percent(coverage.at90.accuracy)} of ${percent(coverage.at90.coverage)}`;
    console.log(
      `${split}: accuracy ${percent(accuracy)}, macro-F1 ${macroF1.toFixed(3)}; calibration error ` +
        `${plain.ece.toFixed(3)}, with temperature ${fitted.temperature.toFixed(3)} ${fitted.ece.toFixed(3)}; ${answered}`,
    );
  }
  for (const { name, test, detected } of evaluation.outOfDistribution.sets) {
    const found = detected === null ? 'no threshold' : `${percent(detected)} detected`;
    console.log(`${name}: AUROC against test ${test.energy.auroc.toFixed(3)} by energy, ${found}`);
  }
  console.log(shownPath(out));
});
