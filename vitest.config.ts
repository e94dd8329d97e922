import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{dsl,export,runtime,train,serve}/**/*.test.ts'],
    testTimeout: 60_000,
    // onnxruntime sessions and training subprocesses already use every core.
    maxWorkers: 2,
  },
});
