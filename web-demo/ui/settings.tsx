import { z } from 'zod';
import { backendText } from '../inference/backendText.ts';
import { addModelFile, backend, backendChoice, chosen, engineFailure, models } from '../state.ts';

const choiceSchema = z.enum(['auto', 'webgpu', 'wasm']);

/** Which models answer, and on what they run. */
export function Settings() {
  const [first = '', second = ''] = chosen.value;
  const options = models.value.map(({ name, about }) => ({ name, text: `${name} (${about})` }));
  return (
    <form class="settings" aria-label="Settings" onSubmit={(event) => event.preventDefault()}>
      <label>
        Model
        <select
          value={first}
          onChange={({ currentTarget: { value } }) => {
            chosen.value = second === '' || second === value ? [value] : [value, second];
          }}
        >
          {options.map(({ name, text }) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        Compare with
        <select
          value={second}
          onChange={({ currentTarget: { value } }) => {
            chosen.value = value === '' || value === first ? [first] : [first, value];
          }}
        >
          <option value="">nothing</option>
          {options
            .filter(({ name }) => name !== first)
            .map(({ name, text }) => (
              <option key={name} value={name}>
                {text}
              </option>
            ))}
        </select>
      </label>
      <label>
        Runs on
        <select
          value={backendChoice.value}
          onChange={({ currentTarget: { value } }) => {
            backendChoice.value = choiceSchema.parse(value);
          }}
        >
          <option value="auto">automatic</option>
          <option value="webgpu">GPU (WebGPU)</option>
          <option value="wasm">CPU (WebAssembly)</option>
        </select>
      </label>
      <label class="button">
        Add a model file
        <input
          class="hidden-input"
          type="file"
          accept=".onnx"
          onChange={async ({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            currentTarget.value = '';
            if (file !== undefined) await addModelFile(file);
          }}
        />
      </label>
      <Running />
    </form>
  );
}

function Running() {
  const running = backend.value;
  const alone = running?.name === 'wasm' && !globalThis.crossOriginIsolated;
  return (
    <p class="running" role="status">
      <span data-testid="backend">
        {engineFailure.value !== undefined
          ? 'Nothing runs'
          : running === undefined
            ? 'Loading…'
            : backendText(running)}
      </span>
      {alone &&
        ': more threads would be faster, but the server of this page does not isolate it, which they need.'}
    </p>
  );
}
