/** Learning rates as pure functions of the step, so that a resumed run goes on with the same. */
import { z } from 'zod';

/** Linear, from almost nothing; the rest of the run then follows the schedule. */
const warmupEpochs = z.number().min(0).default(0);

/** Without a name it is constant. */
export const scheduleSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant').optional().default('constant'), warmupEpochs }),
  z.strictObject({
    name: z.literal('step'),
    warmupEpochs,
    /** Shares of what follows the warm-up, after which the rate is multiplied by gamma; the defaults are those of https://arxiv.org/abs/1512.03385. */
    milestones: z.array(z.number().gt(0).lt(1)).min(1).default([0.5, 0.75]),
    gamma: z.number().positive().lt(1).default(0.1),
  }),
  z.strictObject({
    name: z.literal('cosine'),
    warmupEpochs,
    /** The rate at the end, as a share of the highest. */
    final: z.number().min(0).lt(1).default(0),
  }),
  /** It has a warm-up of its own. Defaults are those of torch.optim.lr_scheduler.OneCycleLR. */
  z.strictObject({
    name: z.literal('one-cycle'),
    /** Share of the run in which the rate rises. */
    rise: z.number().gt(0).lt(1).default(0.3),
    /** The rates at the beginning and at the end, as shares of the highest. */
    initial: z
      .number()
      .positive()
      .lt(1)
      .default(1 / 25),
    final: z
      .number()
      .min(0)
      .lt(1)
      .default(1 / 25e4),
  }),
]);
export type Schedule = z.infer<typeof scheduleSchema>;
export type ScheduleName = Schedule['name'];
export const scheduleNames = [
  'constant',
  'step',
  'cosine',
  'one-cycle',
] as const satisfies readonly ScheduleName[];

type OptionsOf<Name extends ScheduleName> = Extract<Schedule, { name: Name }>;

/** Factor of the highest rate at step `step` of `steps`, counted from 0. */
type Rule<O> = (options: O, step: number, steps: number) => number;

const rules: { readonly [Name in ScheduleName]: Rule<OptionsOf<Name>> } = {
  constant: () => 1,
  /** torch.optim.lr_scheduler.MultiStepLR */
  step: ({ milestones, gamma }, step, steps) =>
    gamma ** milestones.filter((milestone) => step >= Math.round(milestone * steps)).length,
  /** https://arxiv.org/abs/1608.03983 without restarts, torch.optim.lr_scheduler.CosineAnnealingLR */
  cosine: ({ final }, step, steps) => annealed(1, final, step / steps),
  /** https://arxiv.org/abs/1708.07120, torch.optim.lr_scheduler.OneCycleLR */
  'one-cycle': ({ rise, initial, final }, step, steps) => {
    const highest = Math.max(rise * steps - 1, 0);
    if (step < highest) return annealed(initial, 1, step / highest);
    return annealed(1, final, steps - 1 > highest ? (step - highest) / (steps - 1 - highest) : 0);
  },
};

/** From one value to another along half a cosine. */
function annealed(from: number, to: number, progress: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}

export interface Timing {
  readonly stepsPerEpoch: number;
  readonly epochs: number;
}

/**
 * What the highest learning rate is multiplied by in a step of the run, counted from 0. In the W steps of a warm-up it
 * is (step + 1) / (W + 1).
 */
export function rateFactor<Name extends ScheduleName>(
  schedule: OptionsOf<Name>,
  step: number,
  { stepsPerEpoch, epochs }: Timing,
): number {
  const warmup = 'warmupEpochs' in schedule ? Math.round(schedule.warmupEpochs * stepsPerEpoch) : 0;
  if (step < warmup) return (step + 1) / (warmup + 1);
  const rule: Rule<OptionsOf<Name>> = rules[schedule.name];
  return rule(schedule, step - warmup, stepsPerEpoch * epochs - warmup);
}
