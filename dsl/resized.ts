import { fromArchitecture, toArchitecture } from './architecture.ts';
import { AreographError } from './errors.ts';
import { type Model, parameters } from './model.ts';

/**
 * The same network for images of another size.
 *
 * @param size height and width, in pixels
 * @param option what the size was given as, for the error
 * @throws AreographError 'option' if weights belong to places of the image, so that their number would change; 'shape' if
 * the image is too small for the network
 */
export function resized(model: Model, size: number, option = 'size'): Model {
  const { layers, ...architecture } = toArchitecture(model);
  const other = fromArchitecture({
    ...architecture,
    layers: layers.map((layer) =>
      layer.kind === 'input'
        ? { ...layer, attributes: { ...layer.attributes, height: size, width: size } }
        : layer,
    ),
  });
  const shapes = new Map(parameters(other).map(({ name, shape }) => [name, shape.join(', ')]));
  const changed = parameters(model).find(({ name, shape }) => shapes.get(name) !== shape.join(', '));
  if (changed === undefined) return other;
  throw new AreographError({
    code: 'option',
    where: option,
    expected: 'a network whose weights fit images of any size, such as one with global average pooling',
    found: `${model.name}, whose ${changed.name} is [${changed.shape.join(', ')}], and [${shapes.get(changed.name)}] at ${size}x${size}`,
    next: `Leave the ${option} out, or train marsnet.`,
  });
}
