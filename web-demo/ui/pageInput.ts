/** Images dropped or pasted anywhere on the page. */
import { signal } from '@preact/signals';
import { view } from '../route.ts';
import { addFiles } from '../state.ts';
import { givenFiles } from './givenFiles.ts';

/** Whether something that the page would take is dragged over it. */
export const draggedOver = signal(false);

/** Listens for the page's lifetime. Call once. */
export function takePageInput(): void {
  document.addEventListener('dragover', (event) => {
    const types = event.dataTransfer?.types ?? [];
    if (!types.includes('Files') && !types.includes('text/uri-list')) return;
    // Or the browser would leave the page for what was dropped.
    event.preventDefault();
    draggedOver.value = takes();
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) draggedOver.value = false;
  });
  // In the capturing phase: a zone that takes the drop keeps it from bubbling.
  const forget = () => {
    draggedOver.value = false;
  };
  document.addEventListener('drop', forget, { capture: true });
  document.addEventListener('drop', (event) => {
    const { dataTransfer } = event;
    if (dataTransfer === null) return;
    event.preventDefault();
    if (takes()) addFiles(givenFiles(dataTransfer));
  });
  document.addEventListener('paste', (event) => {
    // Text goes where it is pasted.
    if (!takes() || event.clipboardData === null || event.clipboardData.files.length === 0) return;
    event.preventDefault();
    addFiles(givenFiles(event.clipboardData));
  });
}

/** Where one learns, each class has a zone of its own: an image beside them belongs to none. */
function takes(): boolean {
  return view.value !== 'learn';
}
