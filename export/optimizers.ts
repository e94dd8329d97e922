/** Optimizers as graph operators. Each keeps some tensors of a parameter's shape, its slots, between steps. */
import { z } from 'zod';
import type { Value } from './graph.ts';

const beta = z.number().min(0).lt(1);
const adamOptions = {
  beta1: beta.default(0.9),
  beta2: beta.default(0.999),
  epsilon: z.number().positive().default(1e-8),
};

/** Without a name it is Adam. Defaults are PyTorch's, but for SGD's momentum, which is 0 there. */
export const optimizerSchema = z.discriminatedUnion('name', [
  z
    .strictObject({
      name: z.literal('sgd'),
      momentum: z.number().min(0).lt(1).default(0.9),
      nesterov: z.boolean().default(false),
      weightDecay: z.number().min(0).default(0),
    })
    .refine(({ momentum, nesterov }) => momentum > 0 || !nesterov, {
      path: ['nesterov'],
      error: 'expected a momentum over 0 beside it',
    }),
  z.strictObject({ name: z.literal('adam').optional().default('adam'), ...adamOptions }),
  z.strictObject({ name: z.literal('adamw'), ...adamOptions, weightDecay: z.number().min(0).default(0.01) }),
]);
export type Optimizer = z.infer<typeof optimizerSchema>;
export type OptimizerName = Optimizer['name'];
export const optimizerNames = ['sgd', 'adam', 'adamw'] as const satisfies readonly OptimizerName[];

export interface UpdateContext {
  readonly parameter: Value;
  readonly gradient: Value;
  /** Whether weight decay is for this parameter. */
  readonly decays: boolean;
  /** The slots by name, as they were after the step before. */
  readonly slots: Readonly<Record<string, Value>>;
  /** Number of this step, from 1; a float32 scalar. */
  readonly step: Value;
  /** A float32 scalar. */
  readonly learningRate: Value;
}

export interface Update {
  readonly parameter: Value;
  readonly slots: Readonly<Record<string, Value>>;
}

interface OptimizerRule<O> {
  slots(options: O): readonly string[];
  update(options: O, context: UpdateContext): Update;
}

type OptionsOf<Name extends OptimizerName> = Extract<Optimizer, { name: Name }>;

const optimizerRules: { readonly [Name in OptimizerName]: OptimizerRule<OptionsOf<Name>> } = {
  /**
   * g = g + decay w, velocity = momentum velocity + g, w = w - rate velocity; with Nesterov's momentum
   * w = w - rate (g + momentum velocity) (torch.optim.SGD).
   */
  sgd: {
    slots: ({ momentum }) => (momentum > 0 ? ['velocity'] : []),
    update({ momentum, nesterov, weightDecay }, context) {
      const { parameter, decays, learningRate } = context;
      const { velocity } = context.slots;
      const gradient =
        decays && weightDecay > 0 ? context.gradient.add(parameter.mul(weightDecay)) : context.gradient;
      if (velocity === undefined) return { parameter: parameter.sub(gradient.mul(learningRate)), slots: {} };
      const next = velocity.mul(momentum).add(gradient);
      const direction = nesterov ? gradient.add(next.mul(momentum)) : next;
      return { parameter: parameter.sub(direction.mul(learningRate)), slots: { velocity: next } };
    },
  },
  adam: { slots: () => adamSlots, update: adam },
  /** w = w (1 - rate decay) before Adam's step (https://arxiv.org/abs/1711.05101). */
  adamw: {
    slots: () => adamSlots,
    update({ weightDecay, ...options }, context) {
      if (!context.decays || weightDecay === 0) return adam(options, context);
      const kept = context.learningRate.mul(-weightDecay).add(1);
      return adam(options, { ...context, parameter: context.parameter.mul(kept) });
    },
  },
};

const adamSlots = ['gradient_sum', 'square_sum'] as const;

/**
 * Adam (https://arxiv.org/abs/1412.6980), with fewer passes over the weights: the slots are the discounted
 * sums M = beta1 M + g and V = beta2 V + g^2, which are the paper's averages divided by (1 - beta). With
 * c = sqrt((1 - beta2) / (1 - beta2^t)),
 *   w = w - rate (1 - beta1) / ((1 - beta1^t) c)  M / (sqrt(V) + epsilon / c)
 * is the paper's bias-corrected step.
 */
function adam(
  { beta1, beta2, epsilon }: Omit<OptionsOf<'adam'>, 'name'>,
  { parameter, gradient, slots, step, learningRate }: UpdateContext,
): Update {
  const { gradient_sum: m, square_sum: v } = slots;
  if (m === undefined || v === undefined) throw new Error('Adam lacks its slots');
  const { graph } = step;
  const oneMinusPower = (base: number) => graph.scalar(base).pow(step).oneMinus();
  const c = graph
    .scalar(1 - beta2)
    .div(oneMinusPower(beta2))
    .sqrt();
  const rate = learningRate.mul(1 - beta1).div(oneMinusPower(beta1).mul(c));
  const nextM = m.mul(beta1).add(gradient);
  const nextV = v.mul(beta2).add(gradient.mul(gradient));
  const direction = nextM.div(nextV.sqrt().add(graph.scalar(epsilon).div(c)));
  return { parameter: parameter.sub(direction.mul(rate)), slots: { gradient_sum: nextM, square_sum: nextV } };
}

/** Names of the tensors that an optimizer keeps for each parameter. */
export function slotNames<Name extends OptimizerName>(optimizer: OptionsOf<Name>): readonly string[] {
  const rule: OptimizerRule<OptionsOf<Name>> = optimizerRules[optimizer.name];
  return rule.slots(optimizer);
}

/** One step of an optimizer for one parameter. */
export function applyOptimizer<Name extends OptimizerName>(
  optimizer: OptionsOf<Name>,
  context: UpdateContext,
): Update {
  const rule: OptimizerRule<OptionsOf<Name>> = optimizerRules[optimizer.name];
  return rule.update(optimizer, context);
}
