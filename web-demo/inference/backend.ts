/** What a browser can run models on, and which of it is taken. */
import { simd } from 'wasm-feature-detect';
import { AreographError } from '../../dsl/errors.ts';

export interface Backend {
  readonly name: 'webgpu' | 'wasm';
  /** Of WebAssembly: more than one where the page is cross-origin isolated, which its server decides. */
  readonly threads: number;
}

/** What the user asks for: 'auto' takes a GPU where there is one that starts. */
export type BackendChoice = 'auto' | Backend['name'];

/** As onnxruntime-web has it where it chooses itself: each thread is a worker to start, and the networks are small. */
const mostThreads = 4;

/**
 * The backend for a choice.
 *
 * @throws AreographError 'device' if a browser has no GPU that was asked for, or cannot run WebAssembly with SIMD
 */
export async function chooseBackend(choice: BackendChoice): Promise<Backend> {
  if (!(await simd())) {
    throw new AreographError({
      code: 'device',
      where: 'this browser',
      expected: 'WebAssembly with SIMD, which browsers have had since 2021 (Safari: 2023)',
      found: 'none',
      next: 'Update the browser, or open the page in a recent Firefox, Chrome, Edge or Safari.',
    });
  }
  const threads = globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, mostThreads) : 1;
  if (choice === 'wasm') return { name: 'wasm', threads };
  const gpu = await findGpu();
  // A GPU in software is slower than WebAssembly: it has to be asked for.
  if (gpu === 'hardware' || (gpu === 'software' && choice === 'webgpu')) return { name: 'webgpu', threads };
  if (choice === 'auto') return { name: 'wasm', threads };
  throw new AreographError({
    code: 'device',
    where: 'this browser',
    expected: 'a GPU that it offers by WebGPU',
    found: 'none',
    next: 'Choose WebAssembly.',
  });
}

async function findGpu(): Promise<'hardware' | 'software' | undefined> {
  if (!('gpu' in navigator)) return undefined;
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  if (adapter === null) return undefined;
  // Browsers of 2023 have WebGPU without it.
  return 'info' in adapter && adapter.info.isFallbackAdapter ? 'software' : 'hardware';
}
