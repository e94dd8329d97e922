/** Learning rates against torch.optim.lr_scheduler. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callPython, pythonForTest } from '../export/reference/python.ts';
import { rateFactor, type Schedule, scheduleSchema, type Timing } from './schedule.ts';

const schedules: readonly z.input<typeof scheduleSchema>[] = [
  {},
  { warmupEpochs: 1.5 },
  { name: 'step' },
  { name: 'step', milestones: [0.2, 0.5, 0.9], gamma: 0.5, warmupEpochs: 2 },
  { name: 'cosine' },
  { name: 'cosine', final: 0.1, warmupEpochs: 1 },
  { name: 'one-cycle' },
  { name: 'one-cycle', rise: 0.45, initial: 0.1, final: 0.01 },
];
const timings: readonly Timing[] = [
  { stepsPerEpoch: 5, epochs: 4 },
  { stepsPerEpoch: 1, epochs: 12 },
  { stepsPerEpoch: 7, epochs: 3 },
];
const cases = schedules.flatMap((given) => {
  const schedule = scheduleSchema.parse(given);
  return timings.map((timing) => ({ schedule, timing }));
});

function factors(schedule: Schedule, timing: Timing): number[] {
  const { stepsPerEpoch, epochs } = timing;
  return Array.from({ length: stepsPerEpoch * epochs }, (_, step) => rateFactor(schedule, step, timing));
}

it('are those of PyTorch, with a linear warm-up too', ({ skip }) => {
  const python = pythonForTest('torch');
  if (python === undefined) return skip();
  const rate = 0.3;
  const script = new URL('../export/reference/torch_schedules.py', import.meta.url);
  const requests = cases.map(({ schedule, timing: { stepsPerEpoch, epochs } }) => {
    const { name, ...options } = schedule;
    const steps = stepsPerEpoch * epochs;
    const warmup = 'warmupEpochs' in options ? Math.round(options.warmupEpochs * stepsPerEpoch) : 0;
    const { warmupEpochs: _, ...rest } = { warmupEpochs: 0, ...options };
    const counted =
      'milestones' in rest
        ? { ...rest, milestones: rest.milestones.map((share) => Math.round(share * (steps - warmup))) }
        : rest;
    return { name, options: counted, rate, steps, warmup };
  });
  const answers = z.array(z.array(z.number())).parse(callPython(python, script, requests));
  for (const [i, { schedule, timing }] of cases.entries()) {
    const text = JSON.stringify({ schedule, timing });
    const ours = factors(schedule, timing).map((factor) => factor * rate);
    expect(answers[i], text).toHaveLength(ours.length);
    for (const [step, expected] of (answers[i] ?? []).entries())
      expect(ours[step], `${text} step ${step}`).toBeCloseTo(expected, 9);
  }
});

describe('every schedule', () => {
  it('stays over 0 and reaches, but does not pass, 1', () => {
    for (const { schedule, timing } of cases) {
      const all = factors(schedule, timing);
      expect(Math.min(...all), JSON.stringify(schedule)).toBeGreaterThan(0);
      expect(Math.max(...all), JSON.stringify(schedule)).toBeLessThanOrEqual(1);
      expect(Math.max(...all), JSON.stringify(schedule)).toBeGreaterThan(0.9);
    }
  });

  it('is defined for a run of a single step', () => {
    for (const { name } of schedules) {
      const schedule = scheduleSchema.parse({ name });
      expect(factors(schedule, { stepsPerEpoch: 1, epochs: 1 }).every(Number.isFinite), name).toBe(true);
    }
  });
});
