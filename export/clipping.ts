/** Gradient clipping by global norm, https://arxiv.org/abs/1211.5063. */
import type { Tensors } from './autodiff.ts';
import type { Value } from './graph.ts';

/**
 * g = g min(1, limit / (norm + 1e-6)) with the L2 norm of all gradients together, as
 * torch.nn.utils.clip_grad_norm_ has it. The factor is written limit / max(limit, norm + 1e-6).
 */
export function clipGlobalNorm(gradients: Tensors, limit: number): Tensors {
  const squares = [...gradients.values()].map((gradient) =>
    gradient.mul(gradient).sum(gradient.sizes.map((_, axis) => axis)),
  );
  const [first, ...others] = squares;
  if (first === undefined) return gradients;
  const norm = others.reduce((sum: Value, square) => sum.add(square), first).sqrt();
  const factor = norm.graph.scalar(limit).div(norm.add(1e-6).max(limit));
  return new Map([...gradients].map(([name, gradient]) => [name, gradient.mul(factor)]));
}
