/** A started run, with its bar, its Ctrl-C and its last words: what the command line does around the trainer. */
import type { RunConfig } from './config.ts';
import { isOver, isStoppedEarly } from './earlyStopping.ts';
import { percent, showTraining, TaskBar } from './progressBar.ts';
import { shownPath } from './shownPath.ts';
import type { OnPrepare, Started } from './start.ts';
import { type Outcome, stepsIn, train } from './trainer.ts';

/** Starts or resumes a run and trains it to its end, or to Ctrl-C. */
export async function runTraining(
  begin: (onPrepare: OnPrepare) => Promise<Started>,
  checkpointSeconds: number,
): Promise<Outcome> {
  const bar = new TaskBar();
  try {
    const started = await begin((task, done, total) => bar.update(task, done, total));
    bar.stop();
    const controller = new AbortController();
    const stop = () => {
      // A second Ctrl-C ends at once: what was saved before stays.
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
      bar.stop();
      console.error('stopping after this chunk (Ctrl-C again ends at once)');
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    try {
      // Who reads that training goes on may stop it at once.
      announce(started);
      const outcome = await train({
        ...started,
        checkpointSeconds,
        events: showTraining(bar, started.config),
        signal: controller.signal,
      });
      bar.stop();
      conclude(started, outcome);
      return outcome;
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    }
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
  const { optimizer, batch, seed, device } = config;
  console.log(
    `${optimizer.name} at ${shownRate(config)}, batch ${batch} (${stepsIn(trainSplit.length, batch)} steps an epoch), seed ${seed}, on ${device}; run folder ${shownPath(folder.directory)}`,
  );
  const extras = shownExtras(config);
  if (extras.length > 0) console.log(`with ${extras.join(', ')}`);
  for (const note of notes) console.log(note);
  if (isStoppedEarly(config, progress)) console.log('early stopping has ended the training');
  else if (isOver(config, progress)) console.log('all epochs are done');
  else if (progress.epoch + progress.step > 0)
    console.log(`resuming in epoch ${progress.epoch + 1} after step ${progress.step}`);
}

function shownRate({ learningRate, schedule }: RunConfig): string {
  if (schedule.name === 'one-cycle') return `up to ${learningRate}, one-cycle`;
  const warmup = schedule.warmupEpochs > 0 ? ` after ${schedule.warmupEpochs} epochs of warm-up` : '';
  return schedule.name === 'constant'
    ? `${learningRate}${warmup}`
    : `${learningRate}, ${schedule.name}${warmup}`;
}

/** What is on besides the optimizer. */
function shownExtras(config: RunConfig): string[] {
  const { loss, clipNorm, mixup, ema, classBalance, selfTraining, permutePixels } = config;
  const { mirror, patience, monitor } = config;
  const { labelSmoothing, focalGamma, classWeights } = loss;
  return [
    ...(labelSmoothing > 0 ? [`label smoothing ${labelSmoothing}`] : []),
    ...(focalGamma > 0 ? [`focal gamma ${focalGamma}`] : []),
    ...(classWeights === 'none'
      ? []
      : [
          `class weights ${Math.min(...classWeights).toPrecision(3)} to ${Math.max(...classWeights).toPrecision(3)}`,
        ]),
    ...(clipNorm > 0 ? [`gradients clipped to a norm of ${clipNorm}`] : []),
    ...(mixup > 0 ? [`mixup ${mixup}`] : []),
    ...(ema > 0 ? [`weights averaged with decay ${ema}`] : []),
    ...(classBalance > 0 ? [`images drawn by a class balance of ${classBalance}`] : []),
    ...(selfTraining.after > 0 ? [`self-training on val after ${selfTraining.after} epochs`] : []),
    ...(mirror ? ['answers for image and mirror image together'] : []),
    ...(permutePixels ? ['the pixels of every image in one random order'] : []),
    ...(patience > 0 ? [`early stopping ${patience} epochs after the best val ${monitor}`] : []),
  ];
}

function conclude({ folder, config }: Started, outcome: Outcome): void {
  const directory = shownPath(folder.directory);
  if (!outcome.finished) {
    const { epoch, step } = outcome.progress;
    const where = isOver(config, outcome.progress)
      ? 'before test'
      : `in epoch ${epoch + 1} after step ${step}`;
    console.log(`stopped ${where}; go on with\n  npm run train -- --resume ${directory}`);
    return;
  }
  const last = outcome.metrics.find(({ kind }) => kind === 'test');
  if (last?.kind === 'test') {
    const accuracies = `train ${percent(last.train.accuracy)}, val ${percent(last.val.accuracy)}, test ${percent(last.test.accuracy)}`;
    const drawn = config.data.synthetic ? ' (on drawings)' : '';
    const trained = outcome.metrics.filter(({ kind }) => kind === 'epoch').length;
    if (trained < config.epochs)
      console.log(`stopped early: no better val ${config.monitor} in ${config.patience} epochs`);
    console.log(`best epoch ${last.epoch} of ${trained}: accuracy ${accuracies}${drawn}`);
  }
  console.log(
    config.permutePixels
      ? 'no model: it would have to be given permuted pixels'
      : `model: ${shownPath(folder.modelFile)}`,
  );
}
