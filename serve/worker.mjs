// A worker thread does not inherit tsx from the main thread on Node 20 (nor from execArgv), so it registers its own.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
