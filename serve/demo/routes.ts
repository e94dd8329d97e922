/** The browser demo: a page that asks the server for nothing but its own files. */
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type MiddlewareHandler } from 'hono';
import { etag } from 'hono/etag';
import { TrieRouter } from 'hono/router/trie-router';
import type { AppEnv } from '../env.ts';
import { isolatedPage } from '../middleware/securityHeaders.ts';
import { type DemoFile, findDemoFiles } from './files.ts';

export interface DemoOptions {
  /** The folder of the built page. */
  readonly folder: string;
  /** Whose routes come first: a file at the path of one of them is not served, whatever the method of the route. */
  readonly app: Pick<Hono<AppEnv>, 'routes'>;
}

export interface Demo {
  readonly routes: Hono<AppEnv>;
  /** All that they answer. */
  readonly paths: ReadonlySet<string>;
}

/**
 * Each file at its path, and `index.html` at `/` too. Which files there are is found out once, at the start.
 *
 * @throws AreographError 'option' if the folder has no `index.html`
 */
export function demo({ folder, app }: DemoOptions): Demo {
  const taken = new TrieRouter<true>();
  for (const { method, path } of app.routes) if (method !== 'ALL') taken.add('ALL', path, true);

  const routes = new Hono<AppEnv>();
  const paths = new Set<string>();
  const policy = isolatedPage();
  for (const each of findDemoFiles(folder)) {
    const answer = serveStatic<AppEnv>({ path: each.file, precompressed: each.compressed });
    const free = pathsOf(each).filter((path) => taken.match('ALL', path)[0].length === 0);
    for (const path of free) {
      paths.add(path);
      routes.get(path, policy, etag(), describing(each), answer);
    }
  }
  return { routes, paths };
}

function pathsOf({ name }: DemoFile): string[] {
  return name === 'index.html' ? ['/', '/index.html'] : [`/${name}`];
}

/** Says of a file how long it may be kept. */
function describing({ tag, immutable, compressed }: DemoFile): MiddlewareHandler<AppEnv> {
  const cacheControl = immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
  return async (c, next) => {
    c.set('route', 'demo');
    await next();
    // The file may have gone since the start.
    if (!c.res.ok) return;
    c.res.headers.set('ETag', tag);
    c.res.headers.set('Cache-Control', cacheControl);
    if (compressed && !c.res.headers.has('Content-Encoding')) c.res.headers.append('Vary', 'Accept-Encoding');
  };
}
