// A worker thread does not inherit tsx from the main thread on Node 20, so it registers its own: the one for CommonJS,
// which needs no thread of its own to load modules and starts in two thirds of the time.
const { register } = require('tsx/cjs/api');

register();
const { describe, classify } = require('./worker.ts');
module.exports = { describe, classify };
