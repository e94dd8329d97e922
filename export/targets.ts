/** Where a graph is to run, and the lowerings that its execution provider's kernels ask for. */

export interface Target {
  /**
   * Whether the provider runs a Loop on the device. If so a training graph does a chunk of steps, else one step.
   */
  readonly loop: boolean;
  /**
   * How a max-pool finds its way back. 'indices': MaxPool's second output and MaxUnpool, fast on the CPU, but
   * CUDA and WebGPU have no MaxUnpool and WebGPU no Indices; 'windows': every window is compared.
   */
  readonly maxPoolGradient: 'indices' | 'windows';
  /** Whether to convolve by Winograd's algorithm as matrix products; GPU libraries have forms of their own. */
  readonly winograd: boolean;
}

export const targets = {
  cpu: { loop: true, maxPoolGradient: 'indices', winograd: true },
  cuda: { loop: true, maxPoolGradient: 'windows', winograd: false },
  webgpu: { loop: false, maxPoolGradient: 'windows', winograd: false },
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof targets;
export const targetNames = ['cpu', 'cuda', 'webgpu'] as const satisfies readonly TargetName[];
