import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';
import { assets } from './build/assets.ts';
import { compressed } from './build/compressed.ts';
import { icons } from './build/icons.ts';
import { serviceWorker } from './build/serviceWorker.ts';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the folder works at any path of any static host.
  base: './',
  // onnxruntime-web with its WebAssembly as files of their own, which a browser compiles while they arrive.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  build: {
    outDir: 'dist',
    target: 'es2022',
    assetsInlineLimit: 0,
    emptyOutDir: true,
    // What draws charts has 800 kB, and is loaded with the first of them.
    chunkSizeWarningLimit: 1000,
  },
  worker: { format: 'es' },
  plugins: [assets(), icons(), serviceWorker(), compressed()],
});
