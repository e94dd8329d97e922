/** A study's settings of a network as a declared model. */
import { convNet } from '../../dsl/convNet.ts';
import type { Model } from '../../dsl/model.ts';
import { baseline } from '../../dsl/zoo.ts';
import type { Network } from './network.ts';

/** @throws AreographError 'option' or 'shape' if the settings contradict each other */
export function declareNetwork(
  name: string,
  network: Network,
  zoo: { size: number; classes: number },
): Model {
  return network.family === 'dense' ? { ...baseline(zoo), name } : convNet(name, { ...network, ...zoo });
}
