/** For tests: devices that not every machine has. */
import { neededForTest } from '../export/testing/needed.ts';
import { type Device, deviceProblem, devices } from './session.ts';

/** Whether a WebGPU adapter starts; see {@link neededForTest}. */
export async function webgpuForTest(): Promise<boolean> {
  const problem = await deviceProblem('webgpu');
  const found = problem === undefined ? true : undefined;
  const missing = `no WebGPU adapter, not even SwiftShader (Debian: apt-get install chromium libvulkan1): ${problem}`;
  return neededForTest(found, missing) ?? false;
}

/** Every device that starts here; cuda is not missed where it does not. */
export async function devicesForTest(): Promise<Device[]> {
  await webgpuForTest();
  const starts = await Promise.all(
    devices.map(async (device) => (await deviceProblem(device)) === undefined),
  );
  return devices.filter((_, i) => starts[i]);
}
