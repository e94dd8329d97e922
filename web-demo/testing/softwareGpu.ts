/** Flags that make Chromium offer SwiftShader, a GPU in software, by WebGPU. Slow, and the same everywhere. */
export const softwareGpu: readonly string[] = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
