import { expect, it } from 'vitest';
import { zoo } from '../../../dsl/zoo.ts';
import { initialize } from '../../../export/initialize.ts';
import { firstLayerFilters } from './firstLayerFilters.ts';

it('are drawn with their scale: three times the root mean square', async () => {
  const declared = zoo.cnn3x3({ size: 16 });
  const weights = new Map(initialize(declared, 1)).set('conv1.weight', new Float32Array(864).fill(-0.25));
  const svg = await firstLayerFilters([{ variant: 'one', model: declared, weights }]);
  expect(svg).toContain('>one</text>');
  expect(svg).toContain('>32 filters of 3×3</text>');
  expect(svg).toContain('>full colour: ±0.75</text>');
});
