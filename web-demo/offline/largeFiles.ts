/**
 * The files that are too large for everybody to get all of: models, and the runtime's WebAssembly. The page puts those that
 * it uses, or may be asked for, into a cache; the service worker answers from there (build/serviceWorker.ts).
 */
const cacheName = 'areograph-large-files';

/**
 * Keeps a file, unless it is there: its name tells its content.
 *
 * @param url absolute
 * @throws Error if it does not arrive, or the browser has no room for it
 */
export async function keepLargeFile(url: string): Promise<void> {
  // In any cache: the service worker has one of its own, with the first model.
  if ((await caches.match(url, { ignoreVary: true })) !== undefined) return;
  // What has just been loaded to run the page need not be loaded again, and nothing should wait for this.
  const response = await fetch(url, { cache: 'force-cache', priority: 'low' });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  await (await caches.open(cacheName)).put(url, response);
}

/**
 * Forgets the files of other versions of the page.
 *
 * @param scope where the page is: other pages of its host may keep files in the same cache
 * @param current absolute URLs of the files of this version
 */
export async function forgetOtherFiles(scope: string, current: ReadonlySet<string>): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const { url } of await cache.keys()) {
    if (url.startsWith(scope) && !current.has(url)) await cache.delete(url);
  }
}
