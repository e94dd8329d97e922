/** The sidecar file of a model that was trained elsewhere: `resnet.json` beside `resnet.onnx`, with what ONNX does not say. */
import { format, parse } from 'node:path';
import { z } from 'zod';
import { AreographError } from '../dsl/errors.ts';
import { checkOptions, isRaw } from '../export/options.ts';

const side = z.int().min(1);
const perChannel = z.tuple([z.number(), z.number(), z.number()]);

const inputSchema = z
  .strictObject({
    /** What the network takes, in pixels. */
    height: side,
    width: side,
    /** Order of the axes. Default: as the model's input has its 3 channels. */
    layout: z.enum(['NCHW', 'NHWC']).optional(),
    /** Order of the channels; `mean` and `std` are in this order too. */
    channels: z.enum(['RGB', 'BGR']).default('RGB'),
    /** Pixels p, 0 to 255, become (p scale - mean) / std. Defaults: 1/255, 0 and 1, which gives 0 to 1. */
    scale: z.number().positive().optional(),
    mean: perChannel.optional(),
    std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]).optional(),
    /** 'stretch' each side to fit, or torchvision's Resize(shorterSide) and CenterCrop([height, width]). */
    resize: z
      .union([z.literal('stretch'), z.strictObject({ shorterSide: side })], {
        error: 'expected "stretch" or { "shorterSide": pixels }',
      })
      .default('stretch'),
  })
  .refine(
    ({ resize, height, width }) => resize === 'stretch' || resize.shorterSide >= Math.max(height, width),
    {
      path: ['resize', 'shorterSide'],
      error: 'expected at least the height and the width, since the centre is cut out',
    },
  );

const sidecarSchema = z.strictObject({
  /** Default: the name of the model file. */
  name: z.string().min(1).optional(),
  /** In the order of the model's output. */
  classes: z.array(z.string()).min(2),
  input: inputSchema,
  /** What the model gives: 'logits', before softmax, or 'probabilities'. */
  output: z.enum(['logits', 'probabilities']),
  /** Which of several outputs that is. */
  outputName: z.string().optional(),
  /** How the weights came about. For people, and shown as it is. */
  provenance: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
export type Sidecar = z.infer<typeof sidecarSchema>;

/** The text of a sidecar, and the name of its file. */
export interface SidecarSource {
  readonly where: string;
  readonly text: string;
}

/** Where the sidecar of a model file is looked for: `resnet.json` for `resnet.onnx`. */
export function sidecarFile(modelFile: string): string {
  const { dir, name } = parse(modelFile);
  return format({ dir, name, ext: '.json' });
}

/** Enough for most models of PyTorch; short, since errors show it. */
const example =
  '{"classes": ["wheel", "ground"], "input": {"height": 224, "width": 224, ' +
  '"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}, "output": "logits"}';

/**
 * @param source undefined where there is no such file
 * @param modelFile whose sidecar it is
 * @throws AreographError 'model' that names the file and the field at fault
 */
export function parseSidecar(source: SidecarSource | undefined, modelFile: string): Sidecar {
  if (source === undefined) {
    throw new AreographError({
      code: 'model',
      where: modelFile,
      expected: `a model of this project, or a file ${sidecarFile(modelFile)} that describes one of another origin`,
      found: 'an ONNX model of another origin, and no such file',
      next: `For example: ${example}`,
    });
  }
  const { where, text } = source;
  const options = parseJson(source);
  if (!isRaw(options)) {
    throw unusable(where, 'a description in { }', text.slice(0, 40).trim() || 'nothing');
  }
  const checked = checkOptions(sidecarSchema, options);
  if ('value' in checked) return checked.value;
  const { path, expected, found, next } = checked.complaint;
  const missing = found === 'nothing';
  throw unusable(`${path} in ${where}`, expected, found, missing ? `For example: ${example}` : next);
}

function parseJson({ where, text }: SidecarSource): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(where, 'JSON', error instanceof Error ? error.message : String(error));
  }
}

function unusable(
  where: string,
  expected: string,
  found: string,
  next = `For example: ${example}`,
): AreographError {
  return new AreographError({ code: 'model', where, expected, found, next });
}
