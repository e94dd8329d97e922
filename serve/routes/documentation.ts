import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '../env.ts';
import { version } from '../version.ts';

const page = fileURLToPath(new URL('../docs', import.meta.url));
const swaggerUi = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** The files that make up the page, and where they are. No others are served: the package has examples of its own. */
const assets = {
  'page.css': page,
  'page.js': page,
  'swagger-ui.css': swaggerUi,
  'swagger-ui-bundle.js': swaggerUi,
} as const;

export interface DocumentationOptions {
  /** Whose routes are described. */
  readonly app: OpenAPIHono<AppEnv>;
  /** Whether requests need an API key. */
  readonly locked: boolean;
}

/**
 * `/openapi.json` describes every route, `/docs` shows it as a page on which requests can be tried. The page loads nothing
 * from elsewhere.
 */
export function documentation({ app, locked }: DocumentationOptions): OpenAPIHono<AppEnv> {
  const routes = new OpenAPIHono<AppEnv>();
  // Once, and not before all routes are there.
  let document: object | undefined;
  routes.get('/openapi.json', (c) => {
    document ??= describe(app, locked);
    return c.json(document);
  });
  routes.get('/docs', serveStatic({ path: `${page}/index.html` }));
  for (const [name, folder] of Object.entries(assets)) {
    routes.get(`/docs/${name}`, serveStatic({ path: `${folder}/${name}` }));
  }
  return routes;
}

function describe(app: OpenAPIHono<AppEnv>, locked: boolean): object {
  if (locked) {
    app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  }
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Areograph',
      version,
      description: 'Classifies images. Errors are problem details (RFC 9457) with a stable `code`.',
    },
    tags: [
      { name: 'Classification' },
      { name: 'Inference protocol' },
      { name: 'SageMaker' },
      { name: 'Operation' },
    ],
    ...(locked ? { security: [{ key: [] }] } : {}),
  });
}
