/** The explanation graph gives PyTorch's map on every device that starts. */
import { Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { explainGraph } from '../export/explainGraph.ts';
import { encodeModel } from '../export/onnx.ts';
import { gradCamRequest, readGradCam } from '../export/reference/gradCam.ts';
import { relativeError } from '../export/testing/run.ts';
import { openSession } from './session.ts';
import { devicesForTest } from './testing.ts';

it.each(await devicesForTest())('a map is that of PyTorch on %s', async (device) => {
  const { model, weights, images } = gradCamRequest(0);
  const { height, width, maps } = readGradCam();
  const session = await openSession(encodeModel(explainGraph(model, weights)), { device });
  for (const [label, expected] of maps.entries()) {
    const { maps: found } = await session.run({
      images: new Tensor('uint8', images, [1, model.input.height, model.input.width, 3]),
      classes: new Tensor('int64', BigInt64Array.of(BigInt(label)), [1]),
    });
    expect(found?.dims).toEqual([1, height, width]);
    const data = await found?.getData();
    expect(relativeError(data instanceof Float32Array ? data : [], expected)).toBeLessThan(1e-4);
  }
  await session.release();
});
