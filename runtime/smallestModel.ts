import { Graph } from '../export/graph.ts';
import { encodeModel } from '../export/onnx.ts';

/** An ONNX model of one node: what opens it is there, and runs. */
export function smallestModel(): Uint8Array {
  const graph = new Graph('probe');
  graph.output('y', graph.input('x', 'float32', [1]).apply('Relu', {}));
  return encodeModel(graph);
}
