/** The worker behind `learning.ts`, with an onnxruntime-web of its own. */
import { expose } from 'comlink';
import { targets } from '../../export/targets.ts';
import { decodeImage } from '../images/decode.ts';
import { webRuntime } from '../inference/webRuntime.ts';
import { fineTune } from './fineTuning.ts';
import type { Learning } from './learning.ts';

const controller = new AbortController();

const learning: Learning = {
  async learn({ backend, base, samples, settings }, onProgress) {
    return fineTune({
      runtime: await webRuntime(backend),
      target: targets[backend.name],
      base,
      samples: samples.map(({ name, file, ...sample }) => ({
        ...sample,
        read: () => decodeImage(file, name),
      })),
      settings,
      signal: controller.signal,
      onProgress,
    });
  },

  stop: () => controller.abort(),
};

expose(learning);
