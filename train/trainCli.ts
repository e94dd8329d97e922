/** npm run train -- cnn3x3 --data DIR --epochs 3 */
import { join } from 'node:path';
import { runCli } from '../dsl/cli.ts';
import { AreographError } from '../dsl/errors.ts';
import { flagName, namingSources } from '../export/options.ts';
import { locateDataset } from './data/locate.ts';
import { TaskBar } from './progressBar.ts';
import { readRunCommand, runCommand } from './runFlags.ts';
import { runTraining } from './runTraining.ts';
import { resumeRun, startRun } from './start.ts';

const command = runCommand();

async function main(): Promise<void> {
  command.parse();
  const { resume, checkpointEvery, out } = command.opts();
  if (resume !== undefined) {
    requireAlone();
    await runTraining((onPrepare) => resumeRun(resume, onPrepare), checkpointEvery);
    return;
  }
  const { options, sources } = await readRunCommand(command);
  const bar = new TaskBar();
  const { directory } = await locateDataset({
    data: options.data,
    onDraw: (done, total) => bar.update('drawing images', done, total),
  });
  bar.stop();
  await runTraining(
    (onPrepare) =>
      namingSources(sources, () =>
        startRun({ options, data: directory, out: out ?? defaultFolder(options.model) }, onPrepare),
      ),
    checkpointEvery,
  );
}

/** A resumed run ends in the same bits as an uninterrupted one, so none of its options can change. */
function requireAlone(): void {
  const given = Object.entries(command.opts()).filter(
    ([name]) =>
      name !== 'resume' && name !== 'checkpointEvery' && command.getOptionValueSource(name) === 'cli',
  );
  const others = given.map(([name, value]) => flagName(name, value));
  if (others.length === 0 && command.args.length === 0) return;
  throw new AreographError({
    code: 'option',
    where: '--resume',
    expected: 'no other option: the run keeps those that it began with',
    found: [...command.args, ...others].join(' '),
    next: 'Leave them out, or begin a new run with --init on the checkpoint.',
  });
}

function defaultFolder(model: string): string {
  const name = model.replace(/^.*[\\/]/, '').replace(/\.\w+$/, '');
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  return join('runs', `${name}-${time}`);
}

await runCli(main);
