import './learn.css';
import { isRunning, type Run, run } from '../learning/run.ts';
import { Classes } from './learn/classes.tsx';
import { Progress } from './learn/progress.tsx';
import { Result } from './learn/result.tsx';
import { Start } from './learn/start.tsx';

/** Teaches a network classes of the user's own. */
export function Learn() {
  const current = run.value;
  return (
    <div class="learn">
      <p class="learn-announcement" role="status">
        {announcement(current)}
      </p>
      <p>
        Teach a network to tell apart what you choose: name two or more classes, give a few images of each,
        and train it here, on this device.
      </p>
      <Classes locked={isRunning(current)} />
      <Start locked={isRunning(current)} />
      {current !== undefined && <Progress run={current} />}
      {current?.result !== undefined && <Result run={current} result={current.result} />}
    </div>
  );
}

/** For those who do not see the progress. */
function announcement(current: Run | undefined): string {
  if (current === undefined) return '';
  if (current.result === undefined) return 'Training has started.';
  const answers = current.result.heldBack?.answers ?? [];
  const right = answers.filter(({ label, predicted }) => label === predicted).length;
  return `Training is done. Held-back images that it names right: ${right} of ${answers.length}.`;
}
