/** Which view is shown, as the address's fragment: it can be linked to, and the browser's buttons work. */
import { signal } from '@preact/signals';

export const viewNames = ['predict', 'understand', 'learn'] as const;
export type ViewName = (typeof viewNames)[number];

export const view = signal<ViewName>(viewOf(location.hash));
addEventListener('hashchange', () => {
  view.value = viewOf(location.hash);
});

function viewOf(hash: string): ViewName {
  return viewNames.find((name) => `#${name}` === hash) ?? 'predict';
}
