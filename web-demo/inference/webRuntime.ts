/** onnxruntime-web, as models are run by here: on a GPU, or in WebAssembly. */
import type { InferenceSession } from 'onnxruntime-common';
import { AreographError } from '../../dsl/errors.ts';
import { firstLine } from '../../runtime/firstLine.ts';
import type { MemoryOptions, Runtime } from '../../runtime/runtime.ts';
import { smallestModel } from '../../runtime/smallestModel.ts';
import type { Backend } from './backend.ts';
import { runtimeFiles } from './runtimeFiles.ts';

const builds = {
  wasm: () => import('onnxruntime-web/wasm'),
  webgpu: () => import('onnxruntime-web/webgpu'),
} as const;

/**
 * Loads onnxruntime-web for a backend, once for a worker.
 *
 * @throws AreographError 'device' if it does not load
 */
export async function webRuntime({ name, threads }: Backend): Promise<Runtime> {
  const { env, InferenceSession } = await builds[name]();
  env.logLevel = 'error';
  env.wasm.numThreads = threads;
  const { mjs, wasm } = runtimeFiles[name];
  // Absolute: they are imported from where the worker's script is.
  env.wasm.wasmPaths = { mjs: absolute(mjs), wasm: absolute(wasm) };

  async function open(
    model: Uint8Array,
    where: string,
    device: Backend['name'],
    { onDevice = [], arena = true }: MemoryOptions = {},
  ): Promise<InferenceSession> {
    try {
      return await InferenceSession.create(model, {
        executionProviders: [device],
        enableCpuMemArena: arena,
        enableMemPattern: false,
        // Errors only: the runtime warns of every node that it places itself.
        logSeverityLevel: 3,
        ...(onDevice.length === 0
          ? {}
          : {
              preferredOutputLocation: Object.fromEntries(onDevice.map((output) => [output, 'gpu-buffer'])),
            }),
      });
    } catch (error) {
      throw new AreographError(
        {
          code: 'model',
          where,
          expected: `a model that onnxruntime-web runs on ${device}`,
          found: firstLine(error),
          next: 'Choose another backend, or export the model again.',
        },
        { cause: error },
      );
    }
  }

  await InferenceSession.create(smallestModel(), { executionProviders: [name] }).catch((error: unknown) => {
    throw new AreographError(
      {
        code: 'device',
        where: 'this browser',
        expected: `onnxruntime-web for ${name} to load and start`,
        found: firstLine(error),
        next: 'Load the page again while there is a network, or choose another backend.',
      },
      { cause: error },
    );
  });

  return {
    openSession: (model, where, memory) => open(model, where, name, memory),
    openPreprocessing: (model) => open(model, 'the preprocessing graph', 'wasm', { arena: false }),
  };
}

function absolute(url: string): string {
  return new URL(url, import.meta.url).href;
}
