/** What selects a kernel of an execution provider: the operator and the element types of a node. */
import type { Node } from '../graph.ts';

/**
 * Element types of a node, equal neighbours said once: `bool, float32 -> float32` for a Where. So a Concat of two
 * and one of nine are the same, and so are a Conv with a bias and one without.
 */
export function signature({ inputs, outputs }: Pick<Node, 'inputs' | 'outputs'>): string {
  const said = (values: Node['inputs']) =>
    values
      .map(({ dtype }) => dtype)
      .filter((dtype, i, all) => dtype !== all[i - 1])
      .join(', ');
  return `${said(inputs)} -> ${said(outputs)}`;
}
