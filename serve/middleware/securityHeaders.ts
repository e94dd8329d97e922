import { secureHeaders } from 'hono/secure-headers';

const policy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

// Whether a host is reached by TLS alone is for the proxy to say that ends it.
const common = { strictTransportSecurity: false };

/**
 * Nothing but what this server sends may run or be shown on its pages, and no other page may frame them. Routes may say
 * otherwise.
 */
export function securityHeaders() {
  return secureHeaders({ ...common, contentSecurityPolicy: policy, overwrite: false });
}

/**
 * The same for a page, and its workers, that may run WebAssembly on several threads, and look at images that its user gives
 * it. Browsers share memory between threads only if all files of a page are of its own origin
 * (https://developer.mozilla.org/docs/Web/API/Window/crossOriginIsolated).
 */
export function isolatedPage() {
  return secureHeaders({
    ...common,
    crossOriginOpenerPolicy: 'same-origin',
    crossOriginEmbedderPolicy: 'require-corp',
    crossOriginResourcePolicy: 'same-origin',
    contentSecurityPolicy: {
      ...policy,
      scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
      workerSrc: ["'self'"],
      manifestSrc: ["'self'"],
      imgSrc: ["'self'", 'blob:', 'data:'],
      mediaSrc: ["'self'", 'blob:'],
      connectSrc: ["'self'", 'blob:'],
    },
  });
}
