// A worker thread does not inherit tsx on Node 20, so it registers its own.
import { register } from 'tsx/esm/api';

register();
export const { loop } = await import('./limitThread.ts');
