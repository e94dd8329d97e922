// Run by session.ts in a process of its own: exits with 0 if a session starts on the device, else says why not.
// Plain JavaScript, so that it starts in a fraction of a second.
import { InferenceSession } from 'onnxruntime-node';

const [device, model] = process.argv.slice(2);
try {
  await InferenceSession.create(Buffer.from(model, 'base64'), {
    executionProviders: [device],
    logSeverityLevel: 4,
  });
} catch (error) {
  console.log(String(error.message).split('\n')[0]);
  process.exitCode = 1;
}
