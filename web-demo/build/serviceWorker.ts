/** The service worker, which keeps the page for use without a network, and what makes the page an app. */
import type { Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { palette } from '../../chart/theme.ts';
import { manifestIcons } from './icons.ts';
import { defaultName } from './models.ts';

export function serviceWorker(): Plugin[] {
  const app = VitePWA({
    // A new version waits until no page of the old one is open, or its user asks for it: images and a training run would
    // be lost, and files that the old page loads later would be gone.
    registerType: 'prompt',
    // By offline/offline.ts, once the first model is open.
    injectRegister: false,
    manifest: {
      name: 'Areograph: what a network sees on Mars',
      short_name: 'Areograph',
      description: 'Classify Mars images, see what the network looks at, and train it, all in your browser.',
      lang: 'en',
      display: 'standalone',
      // Relative to the manifest, wherever the folder is.
      start_url: './',
      scope: './',
      theme_color: palette.surface.dark,
      background_color: palette.surface.dark,
      icons: manifestIcons,
      categories: ['education', 'science'],
    },
    workbox: {
      mode: 'production',
      sourcemap: false,
      inlineWorkboxRuntime: true,
      // The page itself is controlled from its first visit on.
      clientsClaim: true,
      cleanupOutdatedCaches: true,
      globPatterns: ['**/*.{html,css,js,mjs,json,svg,png,jpg}', `assets/${defaultName}-*.onnx`],
      maximumFileSizeToCacheInBytes: 2 ** 23,
      // The page has this one address, with any parameters. All others are left to the server, which may have pages of its
      // own beside it.
      navigateFallback: null,
      ignoreURLParametersMatching: [/./],
      runtimeCaching: [
        {
          // Put into a cache by the page (offline/largeFiles.ts): models, and of the runtime what this browser uses.
          urlPattern: /\/assets\/[^/]+\.(?:wasm|onnx)$/,
          handler: async ({ request }) =>
            (await caches.match(request, { ignoreVary: true })) ?? fetch(request),
        },
      ],
    },
  });
  return [...app, frameColours()];
}

/** The browser's own frame in the page's colours. */
function frameColours(): Plugin {
  return {
    name: 'areograph-frame-colours',
    transformIndexHtml: () =>
      (['light', 'dark'] as const).map((theme) => ({
        tag: 'meta',
        attrs: {
          name: 'theme-color',
          media: `(prefers-color-scheme: ${theme})`,
          content: palette.surface[theme],
        },
        injectTo: 'head' as const,
      })),
  };
}
