import { cnn3x3 } from '../../dsl/zoo.ts';
import { initialize } from '../../export/initialize.ts';
import { encodeModelFile } from '../../export/modelFile.ts';

/** The model file that benches ask about: cnn3x3 at 128x128, untrained, since speed does not depend on the weights. */
export function freshModel(): Uint8Array {
  const model = cnn3x3({ size: 128, classes: 24 });
  const classes = Array.from({ length: model.classes }, (_, i) => `class ${i}`);
  return encodeModelFile(model, initialize(model, 1), { classes, provenance: { weights: 'untrained' } });
}
