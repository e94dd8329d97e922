/** Where a graph is to run, and the lowerings that its execution provider's kernels ask for. */

export interface Target {
  /**
   * Whether the provider runs a Loop on the device. If so a training graph does a chunk of steps, else one step,
   * and the state stays on the device from one run to the next.
   *
   * On CUDA the Loop itself runs on the host and the state stays on the device; what crosses over in each step is
   * the step's number, by which the batch is gathered, and the condition to go on ({@link hostNodes}).
   */
  readonly loop: boolean;
  /**
   * How a max-pool finds its way back. 'indices': MaxPool's second output and MaxUnpool, fast on the CPU, but
   * CUDA and WebGPU have no MaxUnpool and WebGPU no Indices; 'windows': every window is compared.
   */
  readonly maxPoolGradient: 'indices' | 'windows';
  /** Whether to convolve by Winograd's algorithm as matrix products; GPU libraries have forms of their own. */
  readonly winograd: boolean;
  /**
   * Whether Conv and ConvTranspose are right as they are. 'webgpu': onnxruntime 1.30's WebGPU kernels give wrong
   * numbers for some shapes, silently, so those are lowered in another way (`rules/convolve.ts` says which and how).
   */
  readonly convKernels: 'sound' | 'webgpu';
}

/** By the names of onnxruntime's execution providers. What each has kernels for: `export/kernels`. */
export const targets = {
  cpu: { loop: true, maxPoolGradient: 'indices', winograd: true, convKernels: 'sound' },
  cuda: { loop: true, maxPoolGradient: 'windows', winograd: false, convKernels: 'sound' },
  webgpu: { loop: false, maxPoolGradient: 'windows', winograd: false, convKernels: 'webgpu' },
  // The CPU provider's kernels, compiled for browsers.
  wasm: { loop: true, maxPoolGradient: 'indices', winograd: true, convKernels: 'sound' },
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof targets;
export const targetNames = ['cpu', 'cuda', 'webgpu', 'wasm'] as const satisfies readonly TargetName[];

/**
 * Nodes of a training graph that the runtime keeps on the host though the device has kernels for them, by name, and
 * what they do: shape arithmetic, and a Loop's condition. Each moves a few bytes.
 */
export const hostNodes: Readonly<Record<string, string>> = {
  'steps/Shape': 'the number of steps, from the shape of the labels',
  'steps/Gather': 'the same',
  Identity: "the loop's condition, handed on as it is",
};
