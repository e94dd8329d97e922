import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readFileSync, unlinkSync } from 'node:fs';
process.env['ORT_DISABLE_TELEMETRY'] = '1';
const root = process.env['ROOT'] ?? '/work/main';
const { fromZoo } = await import(`${root}/dsl/zoo.ts`);
const { stepGraph, chunkGraph, batchInputs } = await import(`${root}/export/trainingGraph.ts`);
const { encodeModel } = await import(`${root}/export/onnx.ts`);
const { initialize } = await import(`${root}/export/initialize.ts`);
const { optimizerSchema } = await import(`${root}/export/optimizers.ts`);
const { targets } = await import(`${root}/export/targets.ts`);
const name = process.argv[2] ?? 'cnn3x3';
const size = Number(process.argv[3] ?? 128);
const top = Number(process.argv[4] ?? 25);
const model = fromZoo(name, { size });
const batch = 32;
const t = stepGraph(model, { batch, optimizer: optimizerSchema.parse({ name: 'adam' }), target: targets.cpu });
const session = await InferenceSession.create(encodeModel(t.graph), { enableProfiling: true, profileFilePrefix: '/tmp/perf/p', logSeverityLevel: 3, intraOpNumThreads: Number(process.env['T'] ?? 2) });
const init = initialize(model, 1);
const count = (d: number[]) => d.reduce((a, b) => a * b, 1);
const feeds: Record<string, Tensor> = {};
for (const s of t.state) feeds[s.name] = new Tensor('float32', init.get(s.name) ?? new Float32Array(count(s.dims)), s.dims);
for (const b of batchInputs(t)) {
  const n = count(b.dims);
  feeds[b.name] = b.dtype === 'uint8' ? new Tensor('uint8', Uint8Array.from({ length: n }, () => Math.random() * 256), b.dims)
    : b.dtype === 'int32' ? new Tensor('int32', Int32Array.from({ length: n }, () => Math.random() * 24), b.dims)
    : new Tensor('float32', Float32Array.from({ length: n }, () => n === 1 ? 0.001 : Math.random()), b.dims);
}
const runs = 8;
const times = [];
for (let i = 0; i < runs; i++) { const s = performance.now(); await session.run(feeds); times.push(performance.now() - s); }
session.endProfiling();
const { readdirSync } = await import('node:fs');
const file = readdirSync('/tmp/perf').filter((f) => f.startsWith('p_') || f.startsWith('p')).filter((f) => f.endsWith('.json')).sort().at(-1);
const ev = JSON.parse(readFileSync(`/tmp/perf/${file}`, 'utf8'));
unlinkSync(`/tmp/perf/${file}`);
const by = new Map<string, number[]>(); 
for (const e of ev) if (e.cat === 'Node' && e.name.endsWith('_kernel_time')) {
  const key = `${e.args.op_name.padEnd(18)} ${e.name.replace('_kernel_time', '')}`;
  by.set(key, [...(by.get(key) ?? []), e.dur / 1000]);
}
const med = (v: number[]) => v.toSorted((a, b) => a - b)[Math.floor(v.length / 4)] ?? 0;
const rows = [...by].map(([k, v]) => [k, med(v.slice(1))] as const).sort((a, b) => b[1] - a[1]);
console.log(name, 'min step', Math.min(...times).toFixed(0), 'median', med(times).toFixed(0), 'sum of nodes', rows.reduce((a, r) => a + r[1], 0).toFixed(0));
const ops = new Map<string, number>();
for (const [k, v] of rows) { const op = k.split(' ')[0] ?? ''; ops.set(op, (ops.get(op) ?? 0) + v); }
console.log([...ops].sort((a, b) => b[1] - a[1]).slice(0, 16).map(([k, v]) => `${k} ${v.toFixed(1)}`).join(', '));
for (const [k, v] of rows.slice(0, top)) console.log(v.toFixed(1).padStart(7), k);
