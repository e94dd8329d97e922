/** Keeps the page for use without a network: a service worker for what all need, and a cache for the large files. */

import { registerSW } from 'virtual:pwa-register';
import { effect, signal } from '@preact/signals';
import { fetchCatalogue } from '../engine.ts';
import type { Backend } from '../inference/backend.ts';
import { runtimeFiles } from '../inference/runtimeFiles.ts';
import { backend, opened } from '../state.ts';
import { forgetOtherFiles, keepLargeFile } from './largeFiles.ts';

/** What is kept: nothing, what this browser needs with the first model, or that and all other models. */
export const kept = signal<'nothing' | 'some' | 'all'>('nothing');

/** Starts the new version of the page that has arrived, if one has. What is in the page is lost. */
export const startNewVersion = signal<(() => void) | undefined>(undefined);

/**
 * Begins once the first model is open, which should not wait for this. A browser that keeps nothing, as in some private
 * windows and on pages without TLS, goes without, and nothing is said of it. Call once.
 */
export function keepOffline(): void {
  if (!('serviceWorker' in navigator)) return;
  const stop = effect(() => {
    if (opened.value.size === 0) return;
    // Not while the effect runs for the first time: `stop` is not there yet.
    queueMicrotask(() => {
      stop();
      register();
      keepFiles().catch(() => undefined);
    });
  });
}

function register(): void {
  let reloads = false;
  const activate = registerSW({
    onNeedRefresh() {
      startNewVersion.value = () => {
        reloads = true;
        void activate();
      };
    },
    // Asked for here, or in another window, whose wish is no reason to lose what is in this one.
    onNeedReload() {
      if (reloads) location.reload();
      startNewVersion.value = () => location.reload();
    },
    onRegisterError: () => undefined,
  });
}

async function keepFiles(): Promise<void> {
  const { scope } = await navigator.serviceWorker.ready;
  const wasm = (name: Backend['name']) => new URL(runtimeFiles[name].wasm, import.meta.url).href;
  const keepRuntime = async () => {
    if (backend.value !== undefined) await keepLargeFile(wasm(backend.value.name));
  };
  await keepRuntime();
  kept.value = 'some';
  const models = (await fetchCatalogue()).map(({ file }) => new URL(file, document.baseURI).href);
  for (const model of models) await keepLargeFile(model);
  kept.value = 'all';
  await forgetOtherFiles(scope, new Set([...models, wasm('wasm'), wasm('webgpu')]));
  // Whoever changes to another backend may do so later without a network.
  effect(() => {
    keepRuntime().catch(() => undefined);
  });
}
