/** Sessions of onnxruntime, and the devices that they run on. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import { AreographError } from '../dsl/errors.ts';
import { type TargetName, targetNames } from '../export/targets.ts';
import { firstLine } from './firstLine.ts';
import type { MemoryOptions, Runtime } from './runtime.ts';
import { smallestModel } from './smallestModel.ts';

// onnxruntime-node 1.30 reports its use to its maker unless told not to; read when the first session opens.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

/** onnxruntime-node's execution providers, and `wasm`: onnxruntime-web's, which runs in Node too. */
export const devices = targetNames;
export type Device = TargetName;

/** What makes a device available, said to those who ask for one that is not there. */
const remedies: { readonly [D in Device]: string } = {
  cpu: 'The CPU provider is part of onnxruntime-node: run `npm install` again.',
  cuda: 'On a Linux x64 host with an NVIDIA driver, CUDA 12 and cuDNN 9, run `npm run install-cuda`; else use --device cpu.',
  webgpu: 'It needs a GPU with a Vulkan, Metal or Direct3D 12 driver; else use --device cpu.',
  wasm: 'It is part of onnxruntime-web: run `npm install` again.',
};

export interface SessionOptions {
  readonly device: Device;
  /** Threads for one operator; default: one per core. For wasm, the first session's hold for all. */
  readonly threads?: number;
}

/** onnxruntime-node on a device, or onnxruntime-web in Node. */
export function nodeRuntime(options: SessionOptions): Runtime {
  return {
    openSession: (model, where, memory) => openSession(model, { ...options, ...memory }, where),
    openPreprocessing: (model) =>
      openSession(model, { ...options, device: 'cpu', arena: false }, 'the preprocessing graph'),
  };
}

/**
 * Opens a session on a serialised model.
 *
 * @throws AreographError 'device' if the device is not there, 'model' if the runtime refuses the model.
 */
export async function openSession(
  bytes: Uint8Array,
  options: SessionOptions & MemoryOptions,
  where = 'the model',
): Promise<InferenceSession> {
  const { device } = options;
  if (device !== 'cpu') await requireDevice(device);
  try {
    return await createSession(bytes, options);
  } catch (error) {
    throw new AreographError(
      {
        code: 'model',
        where,
        expected: `a model that onnxruntime runs on ${device}`,
        found: firstLine(error),
        next: 'Export the model again, or choose another device.',
      },
      { cause: error },
    );
  }
}

function createSession(
  bytes: Uint8Array,
  { device, threads, onDevice = [], arena = true }: SessionOptions & MemoryOptions,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [device],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(onDevice.length === 0
      ? {}
      : { preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer'])) }),
    // With patterns the second run allocates its whole peak as one block, beside what the first run left in the arena.
    enableMemPattern: false,
    enableCpuMemArena: arena,
    // Errors only: the runtime warns of every node that it places itself.
    logSeverityLevel: 3,
  };
  return device === 'wasm' ? createWasmSession(bytes, options) : InferenceSession.create(bytes, options);
}

async function createWasmSession(
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  // 14 MB of WebAssembly, for those who ask for it.
  const { env, InferenceSession: WasmSession } = await import('onnxruntime-web');
  // Read when the first session opens.
  env.wasm.numThreads ??= options.intraOpNumThreads ?? availableParallelism();
  return WasmSession.create(bytes, options);
}

/**
 * The device asked for, or the best that is really there: cuda, else cpu. WebGPU has to be asked for, because an
 * adapter that starts may be a software one, many times slower than the CPU provider.
 *
 * @throws AreographError 'device' if the one asked for does not start
 */
export async function chooseDevice(wanted: Device | undefined): Promise<Device> {
  if (wanted === undefined) return (await deviceProblem('cuda')) === undefined ? 'cuda' : 'cpu';
  if (wanted !== 'cpu') await requireDevice(wanted);
  return wanted;
}

async function requireDevice(device: Device): Promise<void> {
  const problem = await deviceProblem(device);
  if (problem === undefined) return;
  throw new AreographError({
    code: 'device',
    where: `device ${device}`,
    expected: 'an execution provider that starts',
    found: problem,
    next: remedies[device],
  });
}

/** Found out once for each device: a run opens several sessions. */
const problems = new Map<Device, Promise<string | undefined>>();

/** Why a device cannot be used, or undefined if it can. */
export function deviceProblem(device: Device): Promise<string | undefined> {
  const problem = problems.get(device) ?? probe(device);
  problems.set(device, problem);
  return problem;
}

/**
 * Why a device cannot be used, or undefined if it can. Found out by opening a session on it in a process of its
 * own: a provider that does not start writes to the terminal, or ends the process.
 */
async function probe(device: Device): Promise<string | undefined> {
  // WebAssembly asks nothing of the machine.
  if (device === 'wasm') return undefined;
  if (!listSupportedBackends().some(({ name }) => name === device)) {
    return `none in this build of onnxruntime-node for ${process.platform} ${process.arch}`;
  }
  const script = fileURLToPath(new URL('./probeDevice.mjs', import.meta.url));
  try {
    const model = Buffer.from(smallestModel()).toString('base64');
    await promisify(execFile)(process.execPath, [script, device, model], { timeout: 60_000 });
    return undefined;
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : '';
    return output === '' ? firstLine(error) : output;
  }
}
