/** A started run, with its bar, its Ctrl-C and its last words: what the command line does around the trainer. */
import { percent, showTraining, TaskBar } from './progressBar.ts';
import { shownPath } from './shownPath.ts';
import type { OnDecode, Started } from './start.ts';
import { type Outcome, stepsIn, train } from './trainer.ts';

/** Starts or resumes a run and trains it to its end, or to Ctrl-C. */
export async function runTraining(
  begin: (onDecode: OnDecode) => Promise<Started>,
  checkpointSeconds: number,
): Promise<Outcome> {
  const bar = new TaskBar();
  try {
    const started = await begin((split, done, total) => bar.update(`decoding ${split}`, done, total));
    bar.stop();
    announce(started);
    const controller = new AbortController();
    const stop = () => {
      // A second Ctrl-C ends at once: what was saved before stays.
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
      bar.stop();
      console.error('stopping after this chunk (Ctrl-C again ends at once)');
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    const outcome = await train({
      ...started,
      checkpointSeconds,
      events: showTraining(bar, started.config),
      signal: controller.signal,
    });
    process.off('SIGINT', stop).off('SIGTERM', stop);
    bar.stop();
    conclude(started, outcome);
    return outcome;
  } finally {
    bar.stop();
  }
}

function announce({ model, dataset, config, folder, progress, notes }: Started): void {
  const { train: trainSplit, val, test } = dataset.splits;
  console.log(
    `${model.name} on ${dataset.name}: ${trainSplit.length} train, ${val.length} val, ${test.length} test images, ${dataset.classes.length} classes`,
  );
  if (dataset.synthetic)
    console.log('These are drawings, not photographs: the accuracies below say nothing about Mars.');
  const { optimizer, learningRate, batch, seed, device } = config;
  console.log(
    `${optimizer.name} at ${learningRate}, batch ${batch} (${stepsIn(trainSplit.length, batch)} steps an epoch), seed ${seed}, on ${device}; run folder ${shownPath(folder.directory)}`,
  );
  for (const note of notes) console.log(note);
  if (progress.epoch >= config.epochs) console.log('all epochs are done');
  else if (progress.epoch + progress.step > 0)
    console.log(`resuming in epoch ${progress.epoch + 1} after step ${progress.step}`);
}

function conclude({ folder, config }: Started, outcome: Outcome): void {
  const directory = shownPath(folder.directory);
  if (!outcome.finished) {
    const { epoch, step } = outcome.progress;
    const where = epoch < config.epochs ? `in epoch ${epoch + 1} after step ${step}` : 'before test';
    console.log(`stopped ${where}; go on with\n  npm run train -- --resume ${directory}`);
    return;
  }
  const last = outcome.metrics.find(({ kind }) => kind === 'test');
  const best = outcome.metrics.find(({ kind, epoch }) => kind === 'epoch' && epoch === last?.epoch);
  if (last?.kind === 'test' && best?.kind === 'epoch') {
    const accuracies = `train ${percent(last.train.accuracy)}, val ${percent(best.val.accuracy)}, test ${percent(last.test.accuracy)}`;
    const drawn = config.data.synthetic ? ' (on drawings)' : '';
    console.log(`best epoch ${last.epoch} of ${config.epochs}: accuracy ${accuracies}${drawn}`);
  }
  console.log(`model: ${shownPath(folder.modelFile)}`);
}
