/** Paths, queries and names of models as only someone with a purpose writes them. */
import { classified, problem } from './expectations.ts';
import type { Input, Kind } from './kind.ts';
import { encoded, picture } from './picture.ts';

function* queries(given: readonly string[]): Generator<Input> {
  for (const query of given) {
    yield {
      name: query.slice(0, 60),
      request: { path: `/classify?${query}`, body: encoded.png },
      pixels: picture,
    };
  }
}

const invalidQueries = [
  'topK=-1',
  'topK=0',
  'topK=1e9',
  'topK=NaN',
  'topK=1.5',
  'topK=',
  'topK=0x10',
  'topK=99999999999',
  'topK=1&topK=2',
  'threshold=2',
  'threshold=-0.1',
  'threshold=NaN',
  'threshold=Infinity',
  'threshold=1e999',
  'threshold=%00',
  'explain=nobody',
  'explain=',
  'explain=%ff',
  'fetch=http%3A%2F%2F127.0.0.1%2F',
  'topK[$gt]=1',
];
/** Names that every JavaScript object has. */
const inheritedQueries = [
  '__proto__=1',
  'constructor=1',
  'toString=1',
  'hasOwnProperty=1',
  '__proto__[topK]=1',
  'constructor[prototype]=1',
];
const validQueries = [
  'topK=999999999',
  'threshold=1',
  'threshold=0',
  'threshold=.5',
  'explain=false',
  '',
  '&&',
  'topK=3#fragment',
];

/** As they stand in an address. */
const strangers = [
  '..',
  '.',
  '%2e%2e',
  '..%2ftiny',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '..%5c..%5ctiny',
  '%2Ftmp%2Ftiny.onnx',
  'tiny.onnx',
  'tiny%00',
  '%00',
  '%ff',
  '%c0%ae%c0%ae',
  'TINY',
  'tiny%20',
  'tiny%0a',
  '__proto__',
  'constructor',
  '%E2%80%AEynit',
  '%3Cscript%3E',
  'a'.repeat(10_000),
];

function* modelsByQuery(): Generator<Input> {
  for (const name of strangers) {
    yield { name: name.slice(0, 60), request: { path: `/classify?model=${name}`, body: encoded.png } };
  }
}

function* modelsByPath(): Generator<Input> {
  // Dots alone are a path of their own, to clients and to routers.
  for (const name of strangers.filter((each) => !/^(\.|%2e)+$/.test(each))) {
    yield { name: name.slice(0, 60), request: { method: 'GET', path: `/v2/models/${name}` } };
  }
}

function* versions(): Generator<Input> {
  for (const version of [
    '0',
    '2',
    '-1',
    '1.0',
    '01',
    '..',
    '%00',
    '1e0',
    '99999999999999999999',
    'latest',
    '%2e%2e%2f1',
  ]) {
    yield { name: version, request: { path: `/classify?version=${version}`, body: encoded.png } };
  }
}

const paths = [
  '/../../etc/passwd',
  '/..%2f..%2fetc%2fpasswd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/docs/../../package.json',
  '/docs/..%2f..%2fpackage.json',
  '/docs/..%5c..%5cpackage.json',
  '/docs/page.css%00.js',
  '/docs/.',
  '/docs//etc/passwd',
  '//127.0.0.1/x',
  '/%',
  '/%ff',
  '/%00',
  '/.env',
  '/.git/config',
  '/v2/models',
  '/v2/models/tiny/infer/x',
  '/v2/repository/index',
  `/${'a/'.repeat(4000)}`,
];

function* nowhere(): Generator<Input> {
  for (const path of paths) yield { name: path.slice(0, 60), request: { method: 'GET', path } };
}

const methods = [
  ['GET', '/classify'],
  ['DELETE', '/classify'],
  ['PATCH', '/classify'],
  ['PROPFIND', '/classify'],
  ['TRACE', '/classify'],
  ['POST', '/models'],
  ['POST', '/healthz'],
  ['DELETE', '/readyz'],
  ['PUT', '/metrics'],
  ['POST', '/docs'],
  ['POST', '/openapi.json'],
  ['GET', '/invocations'],
  ['POST', '/ping'],
  ['POST', '/v2/models/tiny'],
  ['GET', '/v2/models/tiny/infer'],
  ['DELETE', '/v2/models/tiny/versions/1'],
  ['PUT', '/v2/health/live'],
] as const;

function* wrongMethods(): Generator<Input> {
  for (const [method, path] of methods) yield { name: `${method} ${path}`, request: { method, path } };
}

export const addressKinds: readonly Kind[] = [
  { name: 'invalid parameters', inputs: queries(invalidQueries), expect: problem('invalid-parameter') },
  {
    name: 'parameters that every object has',
    inputs: queries(inheritedQueries),
    expect: problem('invalid-parameter'),
  },
  { name: 'parameters at their limits', inputs: queries(validQueries), expect: classified },
  { name: 'names of models in the query', inputs: modelsByQuery(), expect: problem('model-not-found') },
  { name: 'names of models in the path', inputs: modelsByPath(), expect: problem('model-not-found') },
  { name: 'versions of models', inputs: versions(), expect: problem('model-not-found') },
  { name: 'paths that lead nowhere', inputs: nowhere(), expect: problem('not-found') },
  { name: 'methods', inputs: wrongMethods(), expect: problem('method-not-allowed') },
];
