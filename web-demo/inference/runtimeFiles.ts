/** onnxruntime-web's files for each backend: the build with WebGPU is twice as large. Addresses as the build gives them. */
import webgpuModule from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import webgpuWasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import wasmModule from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import wasmWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type { Backend } from './backend.ts';

export const runtimeFiles: {
  readonly [name in Backend['name']]: { readonly mjs: string; readonly wasm: string };
} = {
  wasm: { mjs: wasmModule, wasm: wasmWasm },
  webgpu: { mjs: webgpuModule, wasm: webgpuWasm },
};
