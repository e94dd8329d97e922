import { useRef } from 'preact/hooks';
import { complaints, dismiss, engineFailure, restartEngine } from '../state.ts';

/** What went wrong. Read out when it appears. */
export function Complaints() {
  const list = useRef<HTMLDivElement>(null);
  return (
    <div class="complaints" role="alert" ref={list} tabIndex={-1}>
      {engineFailure.value !== undefined && (
        <p class="complaint">
          <span>{engineFailure.value}</span>
          <button type="button" onClick={restartEngine}>
            Start again
          </button>
        </p>
      )}
      {complaints.value.map((complaint, at) => (
        <p key={complaint} class="complaint">
          <span>{complaint}</span>
          <button
            type="button"
            onClick={() => {
              dismiss(at);
              // The button goes, and the focus must not go with it.
              list.current?.focus();
            }}
          >
            Dismiss
          </button>
        </p>
      ))}
    </div>
  );
}
