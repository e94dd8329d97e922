import type { Run } from './useRun.ts';

/** Begins a task; while it runs, how far it is, and a way to stop it. */
export function RunButton({
  label,
  run: { share, stop },
  disabled,
  onBegin,
}: {
  readonly label: string;
  readonly run: Pick<Run<unknown>, 'share' | 'stop'>;
  /** Whether it cannot begin yet. */
  readonly disabled: boolean;
  readonly onBegin: () => void;
}) {
  if (share === undefined) {
    return (
      <button type="button" disabled={disabled} onClick={onBegin}>
        {label}
      </button>
    );
  }
  return (
    <span class="running">
      <progress value={share} aria-label={label} />
      <button type="button" onClick={stop}>
        Stop
      </button>
    </span>
  );
}
