/** Brotli forms of the files beside them, for servers that send these: WebAssembly becomes a fifth as large. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { Plugin } from 'vite';

/** Text and WebAssembly; weights look like noise. */
const compressible: ReadonlySet<string> = new Set([
  '.css',
  '.html',
  '.js',
  '.json',
  '.mjs',
  '.svg',
  '.wasm',
  '.webmanifest',
]);

/** The highest takes 30 times as long. */
const quality = 7;

/** Not in builds for tests (mode `test`): it takes longer than all else. */
export function compressed(): Plugin {
  let folder = '';
  return {
    name: 'areograph-compressed',
    apply: (_, { command, mode }) => command === 'build' && mode !== 'test',
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    closeBundle: {
      order: 'post',
      // After the service worker's script is written.
      sequential: true,
      async handler() {
        const names = await readdir(folder, { recursive: true });
        await Promise.all(
          names.filter((name) => compressible.has(extname(name))).map((name) => compress(join(folder, name))),
        );
      },
    },
  };
}

async function compress(file: string): Promise<void> {
  const bytes = await readFile(file);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }));
}
