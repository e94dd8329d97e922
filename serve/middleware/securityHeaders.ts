import { secureHeaders } from 'hono/secure-headers';

/** Nothing but what this server sends may run or be shown on its pages, and no other page may frame them. */
export function securityHeaders() {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    // Whether a host is reached by TLS alone is for the proxy to say that ends it.
    strictTransportSecurity: false,
  });
}
