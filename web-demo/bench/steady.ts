/** How long a prediction takes once the model has answered before. */
import { median } from 'd3-array';

/** What is timed: one prediction, which says itself how long it took, in milliseconds. */
export type Predict = () => Promise<number>;

/** Until caches are warm and WebAssembly is compiled by the browser's second, slower compiler. */
const warmUps = 5;

/** The median time of a prediction in milliseconds. */
export async function steadyTime(predict: Predict, predictions: number): Promise<number> {
  for (let i = 0; i < warmUps; i += 1) await predict();
  const times: number[] = [];
  for (let i = 0; i < predictions; i += 1) times.push(await predict());
  return median(times) ?? Number.NaN;
}
