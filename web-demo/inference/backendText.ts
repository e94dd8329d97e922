import type { Backend } from './backend.ts';

/** For people: `WebGPU`, `WebAssembly, 4 threads`. */
export function backendText({ name, threads }: Backend): string {
  if (name === 'webgpu') return 'WebGPU';
  return `WebAssembly, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
}
