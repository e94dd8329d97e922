/** What a model that was trained elsewhere takes and gives, as far as its graph and its sidecar say, and whether that fits. */
import type { InferenceSession } from 'onnxruntime-common';
import { AreographError } from '../dsl/errors.ts';
import type { InputFormat } from '../export/foreignPreprocess.ts';
import type { Sidecar } from './sidecar.ts';

/** Where a model and its description come from, for messages. */
export interface Origin {
  readonly model: string;
  readonly sidecar: string;
}

export interface ForeignInterface {
  readonly inputName: string;
  readonly outputName: string;
  readonly format: InputFormat;
  /** How many images one run takes. */
  readonly batch: 'one' | 'any';
}

type Metadata = InferenceSession.ValueMetadata;
type TensorMetadata = InferenceSession.TensorValueMetadata;

const inputTypes = ['float32', 'float16', 'uint8'] as const satisfies readonly InputFormat['dtype'][];
const outputTypes: readonly string[] = ['float32', 'float16'];

/** @throws AreographError 'model' that names the file, the model's or the sidecar's, that does not fit */
export function foreignInterface(
  { inputMetadata, outputMetadata }: Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>,
  sidecar: Sidecar,
  origin: Origin,
): ForeignInterface {
  const input = requireImageInput(inputMetadata, origin);
  const format = formatOf(input, sidecar, origin);
  return {
    inputName: input.name,
    outputName: requireOutput(outputMetadata, sidecar, origin),
    format,
    batch: batchOf(input, origin),
  };
}

function requireImageInput(inputs: readonly Metadata[], { model }: Origin): TensorMetadata {
  const [input] = inputs;
  if (inputs.length === 1 && input?.isTensor && input.shape.length === 4) return input;
  throw unusable(
    model,
    'one input of 4 axes: images',
    inputs.map(worded).join(', ') || 'none',
    'Export the network alone, with a batch of images as its only input.',
  );
}

function formatOf(input: TensorMetadata, sidecar: Sidecar, origin: Origin): InputFormat {
  const dtype = inputTypes.find((type) => type === input.type);
  if (dtype === undefined) {
    throw unusable(
      origin.model,
      `an input of ${inputTypes.join(', ')}`,
      worded(input),
      'Export the model with a float32 input.',
    );
  }
  const { height, width, channels, scale, mean, std, resize } = sidecar.input;
  if (dtype === 'uint8' && (scale ?? mean ?? std) !== undefined) {
    throw unusable(
      `input in ${origin.sidecar}`,
      'no scale, mean or std, since the model takes uint8 pixels as they are',
      JSON.stringify({ scale, mean, std }),
      'Leave them out.',
    );
  }
  const layout = layoutOf(input, sidecar, origin);
  requireSize(input, layout, sidecar, origin);
  return {
    height,
    width,
    fit: resize,
    channels,
    layout,
    dtype,
    scale: scale ?? 1 / 255,
    mean: mean ?? [0, 0, 0],
    std: std ?? [1, 1, 1],
  };
}

/** Places of the axes of an image batch. */
const axes = {
  NCHW: { channels: 1, height: 2, width: 3 },
  NHWC: { channels: 3, height: 1, width: 2 },
} as const satisfies Record<InputFormat['layout'], object>;

const layouts = ['NCHW', 'NHWC'] as const satisfies readonly InputFormat['layout'][];

/** As the sidecar says, or as the one axis of 3 does. */
function layoutOf(input: TensorMetadata, sidecar: Sidecar, origin: Origin): InputFormat['layout'] {
  const said = sidecar.input.layout;
  const channelsOf = (layout: InputFormat['layout']) => input.shape[axes[layout].channels];
  const possible = (said === undefined ? layouts : [said]).filter(
    (layout) => channelsOf(layout) === 3 || typeof channelsOf(layout) === 'string',
  );
  if (possible.length === 0) {
    throw unusable(
      said === undefined ? origin.model : `input.layout in ${origin.sidecar}`,
      `an input of 3 channels${said === undefined ? '' : ` as ${said}`}`,
      worded(input),
      'Export the model for RGB images, and give the layout that it has.',
    );
  }
  const certain = said === undefined ? possible.filter((layout) => channelsOf(layout) === 3) : possible;
  const [layout] = certain;
  if (layout !== undefined && certain.length === 1) return layout;
  throw unusable(
    `input in ${origin.sidecar}`,
    'a layout, since the shape of the input does not tell it',
    worded(input),
    'Add "layout": "NCHW" (PyTorch) or "layout": "NHWC" (Keras).',
  );
}

function requireSize(
  input: TensorMetadata,
  layout: InputFormat['layout'],
  sidecar: Sidecar,
  origin: Origin,
): void {
  for (const side of ['height', 'width'] as const) {
    const wanted = input.shape[axes[layout][side]];
    const said = sidecar.input[side];
    if (typeof wanted === 'string' || wanted === said) continue;
    throw unusable(
      `input.${side} in ${origin.sidecar}`,
      `${wanted}, as the model takes it (${worded(input)})`,
      `${said}`,
      'Correct it.',
    );
  }
}

function batchOf(input: TensorMetadata, { model }: Origin): ForeignInterface['batch'] {
  const [size] = input.shape;
  if (size === 1) return 'one';
  if (typeof size === 'string') return 'any';
  throw unusable(
    model,
    'a batch of 1, or of any size',
    worded(input),
    `Export it with one: torch.onnx.export(..., dynamic_axes={'${input.name}': {0: 'batch'}}).`,
  );
}

function requireOutput(outputs: readonly Metadata[], { outputName }: Sidecar, origin: Origin): string {
  const named = outputName === undefined ? outputs : outputs.filter(({ name }) => name === outputName);
  const [output] = named;
  if (output === undefined || named.length > 1) {
    throw unusable(
      `outputName in ${origin.sidecar}`,
      outputName === undefined ? 'the name of one of the outputs' : 'an output of the model',
      outputName ?? 'nothing',
      `The outputs are ${outputs.map(worded).join(', ')}.`,
    );
  }
  if (output.isTensor && outputTypes.includes(output.type)) return output.name;
  throw unusable(
    origin.model,
    `an output of ${outputTypes.join(' or ')}`,
    worded(output),
    'Export the scores of the classes, or name another output as "outputName".',
  );
}

/** `input: float32 [batch, 3, 224, 224]` */
function worded(value: Metadata): string {
  if (!value.isTensor) return `${value.name}: no tensor`;
  return `${value.name}: ${value.type} [${value.shape.map((size) => (size === '' ? '?' : size)).join(', ')}]`;
}

function unusable(where: string, expected: string, found: string, next: string): AreographError {
  return new AreographError({ code: 'model', where, expected, found, next });
}
