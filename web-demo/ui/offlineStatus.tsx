import { kept, startNewVersion } from '../offline/offline.ts';
import './offlineStatus.css';

const said: { readonly [state in typeof kept.value]: string } = {
  nothing: '',
  some: 'Ready for use without a network; the other models are still being saved.',
  all: 'Ready for use without a network.',
};

/** Whether the page works without a network, and whether a newer one has come. Read out when it changes. */
export function OfflineStatus() {
  return (
    <>
      <div role="status">
        {startNewVersion.value !== undefined && (
          <div class="new-version">
            <p>
              A new version of this page is ready. It starts by itself once all windows of this page are
              closed; started now, it forgets the images and the training in this window.
            </p>
            <button type="button" onClick={startNewVersion.value}>
              Start it now
            </button>
          </div>
        )}
      </div>
      <p role="status" data-testid="offline">
        {said[kept.value]}
      </p>
    </>
  );
}
