/** What the model is, and how it is used. */
import { fromArchitecture } from '../../../dsl/architecture.ts';
import { summarize } from '../../../dsl/summary.ts';
import { paragraphs } from '../../document/section.ts';
import { millions } from '../../report/format.ts';
import { megabytes } from '../format.ts';
import { text, type WriteSection } from './section.ts';

export const useSection: WriteSection = async ({ results, isDefault }) => {
  const { config, model } = results.shipped.evaluation;
  const declared = fromArchitecture(config.architecture);
  const { parameters, flops } = summarize(declared);
  const { height, width } = declared.input;
  const given = isDefault ? '' : ' --model marsnet.onnx';
  const asked =
    model.temperature === 1
      ? 'its logits go into the softmax as they are'
      : `its logits are divided by a temperature of ${model.temperature.toFixed(3)}`;
  return text(
    paragraphs(
      `\`${model.name}\` is a network of ${millions(parameters)} parameters (${(flops / 1e6).toFixed(0)} MFLOPs for an image, a multiply-add counting as two) that says which of ${config.data.classes.length} classes a picture of the Curiosity rover's cameras shows. ${origin(config['init'])} The file has ${megabytes(model.bytes)} (sha256 \`${model.sha256.slice(0, 16)}\`).`,
      `## Use`,
      `${isDefault ? 'It is the default model of the server and the command line' : 'It is not the default model: its file has to be given'}.`,
      `\`\`\`sh\nnpm run classify -- photo.jpg${given}\nnpm run serve${given === '' ? '' : ` --${given}`}\n\`\`\``,
      `The file takes \`image\`, uint8 RGB \`[N, height, width, 3]\` of any size, and gives \`probabilities\` \`[N, ${config.data.classes.length}]\` and \`energy\` \`[N]\`. Resizing (to ${height}x${width}) and normalising are in the graph; ${asked}${model.mirror ? ', and it answers for the image and its mirror image together' : ''}.`,
      model.energyThreshold === null
        ? null
        : `An image whose energy is over ${model.energyThreshold.toFixed(3)} is taken for none of the classes.`,
    ),
  );
};

function origin(init: unknown): string {
  return typeof init === 'string'
    ? `Its training began with the weights in \`${init}\`.`
    : 'It was trained from random weights, on these images alone.';
}
