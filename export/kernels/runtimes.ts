/** Finds a provider's kernels by asking the runtime itself: which models of a single node does it open and run? */
import * as node from 'onnxruntime-node';
import { encodeModel, opset } from '../onnx.ts';
import { type Probe, probeFeed, probes } from './probes.ts';
import { signature } from './signature.ts';
import type { KernelTable } from './table.ts';

/** Those that run on this machine; CUDA's kernels are read from a document. */
export const probedTargets = ['cpu', 'webgpu', 'wasm'] as const;
export type ProbedTarget = (typeof probedTargets)[number];

interface Runtime {
  readonly name: string;
  open(bytes: Uint8Array): Promise<node.InferenceSession>;
}

const quiet = { logSeverityLevel: 4, graphOptimizationLevel: 'disabled' } as const;

const runtimes: { readonly [T in ProbedTarget]: () => Promise<Runtime> } = {
  cpu: async () => ({
    name: `onnxruntime-node ${node.env.versions.node}, CPU`,
    open: (bytes) => node.InferenceSession.create(bytes, quiet),
  }),
  webgpu: async () => ({
    name: `onnxruntime-node ${node.env.versions.node}, WebGPU`,
    open: (bytes) =>
      node.InferenceSession.create(bytes, {
        ...quiet,
        executionProviders: ['webgpu'],
        // A node without a kernel is refused, not given to the CPU.
        extra: { session: { disable_cpu_ep_fallback: '1' } },
      }),
  }),
  wasm: async () => {
    const web = await import('onnxruntime-web');
    return {
      name: `onnxruntime-web ${web.env.versions.web}, WebAssembly`,
      open: (bytes) => web.InferenceSession.create(bytes, quiet),
    };
  },
};

/** The first and last operator sets that are tried: the ones from which all our operators have their present form, to the runtime's newest. */
const oldest = 13;
const newest = 25;

/** Asks the runtime. @param ranges whether to try other operator sets than ours too */
export async function probeRuntime(target: ProbedTarget, ranges: boolean): Promise<KernelTable> {
  const runtime = await runtimes[target]();
  const kernels: Record<string, Record<string, string>> = {};
  for (const probe of probes()) {
    if (!(await runs(runtime, probe))) continue;
    const of = kernels[probe.node.operator] ?? {};
    kernels[probe.node.operator] = of;
    of[signature(probe.node)] = ranges ? await range(runtime, probe) : `${opset}`;
  }
  return { source: runtime.name, opset, kernels };
}

async function runs(runtime: Runtime, { graph }: Probe): Promise<boolean> {
  try {
    const session = await runtime.open(encodeModel(graph));
    try {
      const feeds = graph.inputs.map((input) => [
        input.name,
        new node.Tensor(input.dtype, probeFeed(input), input.sizes),
      ]);
      await session.run(Object.fromEntries(feeds));
      return true;
    } finally {
      await session.release();
    }
  } catch {
    return false;
  }
}

/** The operator sets around ours at which the model opens. */
async function range(runtime: Runtime, { graph }: Probe): Promise<string> {
  const opens = async (version: number) => {
    try {
      await (await runtime.open(encodeModel(graph, {}, version))).release();
      return true;
    } catch {
      return false;
    }
  };
  let first = opset;
  while (first > oldest && (await opens(first - 1))) first -= 1;
  let last = opset;
  while (last < newest && (await opens(last + 1))) last += 1;
  return `${first}-${last}`;
}
