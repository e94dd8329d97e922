import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{dsl,export,runtime,train,serve}/**/*.test.ts'],
    // As runtime/session.ts does: some tests open sessions of their own.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    testTimeout: 60_000,
    // onnxruntime sessions and training subprocesses already use every core.
    maxWorkers: 2,
  },
});
