/** Every algorithm gives what the plainest does, which rules.test.ts holds against finite differences. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerAttributes } from '../../dsl/layers.ts';
import { Graph } from '../graph.ts';
import { uniform } from '../reference/noise.ts';
import { targets } from '../targets.ts';
import { elementCount } from '../tensorType.ts';
import { compile, relativeError } from '../testing/run.ts';
import {
  type ConvAlgorithmName,
  type ConvShape,
  chooseAlgorithm,
  convAlgorithmNames,
  convAlgorithms,
  convShape,
  suitable,
} from './convAlgorithms.ts';

const conv = (options: Partial<LayerAttributes['conv2d']>): LayerAttributes['conv2d'] => ({
  filters: 4,
  kernel: 3,
  stride: 1,
  padding: 'same',
  dilation: 1,
  groups: 1,
  bias: false,
  ...options,
});

/** Output and both gradients, on noise. */
async function computed(name: ConvAlgorithmName, shape: ConvShape): Promise<Record<string, Float32Array>> {
  const { batch, channels, filters, input, output, ...attributes } = shape;
  const { group, kernel_shape } = attributes;
  const graph = new Graph('convolution');
  const x = graph.input('x', 'float32', [batch, channels, ...input]);
  const w = graph.input('w', 'float32', [filters, channels / group, ...kernel_shape]);
  const dy = graph.input('dy', 'float32', [batch, filters, ...output]);
  const lowered = convAlgorithms[name].lower(x, w, attributes, targets.cpu);
  const gradients = lowered.backward(dy);
  graph.output('y', lowered.output);
  graph.output('dx', gradients.input);
  graph.output('dw', gradients.weight);
  const run = await compile(graph.prune(), 1);
  return run(
    Object.fromEntries(
      graph.inputs.map(({ name: input, sizes }) => [
        input,
        uniform(input, elementCount(sizes)).map((u) => u - 0.5),
      ]),
    ),
  );
}

describe('the algorithms of a convolution', () => {
  it('agree wherever they can be used', async () => {
    const seen = new Set<ConvAlgorithmName>();
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          kernel: fc.integer({ min: 1, max: 8 }),
          stride: fc.constantFrom(1, 1, 1, 2),
          dilation: fc.constantFrom(1, 1, 1, 2),
          padding: fc.constantFrom('same' as const, 'same' as const, 1, 3),
          filters: fc.integer({ min: 1, max: 5 }),
        }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 15, max: 20 }),
        fc.integer({ min: 15, max: 20 }),
        async (drawn, channels, height, width) => {
          const shape = convShape([2, channels, height, width], conv(drawn));
          const expected = await computed('foldedRows', shape);
          for (const name of suitable(shape)) {
            seen.add(name);
            const found = await computed(name, shape);
            for (const tensor of ['y', 'dx', 'dw']) {
              const error = relativeError(found[tensor] ?? [], expected[tensor] ?? []);
              expect(error, `${name}: ${tensor}`).toBeLessThan(5e-5);
            }
          }
        },
      ),
      { seed: 1, numRuns: 40 },
    );
    expect([...seen].sort()).toEqual(convAlgorithmNames.filter((name) => name !== 'grouped').sort());
  });

  it('are chosen by the operations that they need', () => {
    const choose = (input: readonly number[], options: Partial<LayerAttributes['conv2d']>) =>
      chooseAlgorithm(convShape(input, conv(options)), targets.cpu);
    expect(choose([32, 128, 16, 16], { filters: 256 })).toBe('winograd6');
    expect(choose([32, 128, 16, 16], { filters: 256, kernel: 5 })).toBe('winograd8');
    expect(choose([32, 128, 16, 16], { filters: 256, kernel: 7 })).toBe('winograd10');
    expect(choose([32, 64, 32, 32], { filters: 128, stride: 2 })).toBe('winograd4');
    // Few channels do not repay the transforms.
    expect(choose([32, 3, 128, 128], { filters: 32 })).toBe('im2col');
    expect(choose([32, 16, 128, 128], { filters: 16 })).toBe('shifts');
    expect(choose([32, 64, 16, 16], { filters: 64, kernel: 1 })).toBe('shifts');
    expect(choose([32, 64, 16, 16], { filters: 64, groups: 4 })).toBe('grouped');
  });

  it('are left to the provider on a GPU', () => {
    const shape = convShape([32, 128, 16, 16], conv({ filters: 256 }));
    expect(chooseAlgorithm(shape, targets.webgpu)).toBe('shifts');
  });
});
