import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** SwiftShader, a Vulkan device in software, which Debian's chromium brings: WebGPU on any machine, and the same on all. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

export default defineConfig({
  test: {
    include: ['{chart,dsl,export,runtime,train,serve,web-demo}/**/*.test.ts'],
    // As runtime/session.ts does: some tests open sessions of their own.
    env: {
      ORT_DISABLE_TELEMETRY: '1',
      ...(existsSync(swiftShader) ? { VK_ICD_FILENAMES: swiftShader } : {}),
    },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // onnxruntime sessions and training subprocesses already use every core.
    maxWorkers: 2,
  },
});
