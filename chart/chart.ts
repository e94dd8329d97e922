import { logger, parse, textMetrics, View, Warn } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import { vegaConfig } from './theme.ts';
import { themedSvg } from './themedSvg.ts';

declare module 'vega' {
  /** How wide vega takes a text to be, in pixels; exported, but missing in its types. */
  export const textMetrics: { width(item: { fontSize?: number }, text: unknown): number };
}

/**
 * Mean width of a letter, in font sizes. Between Arial's (0.5) and DejaVu Sans's (0.6), of which one is on any
 * machine; vega's own guess of 0.8 leaves wide margins, and a canvas would measure differently on each machine.
 */
const letterWidth = 0.6;
textMetrics.width = ({ fontSize = 11 }, text) => Math.ceil(letterWidth * fontSize * `${text ?? ''}`.length);

/** A chart says what it shows: the description is read to those who do not see it. */
export type ChartSpec = TopLevelSpec & { readonly description: string };

/**
 * Draws a Vega-Lite chart (https://vega.github.io/vega-lite/docs/) in the documents' theme.
 *
 * @returns an SVG document for light and dark pages; the same bytes for the same spec, on any machine
 * @throws Error for a spec that Vega-Lite warns of, and for a colour that is not of the palette
 */
export async function chart(spec: ChartSpec): Promise<string> {
  const warnings: string[] = [];
  const collect = (_method: string, _level: string, args: readonly unknown[]) =>
    warnings.push(args.join(' '));
  const { spec: compiled } = compile(spec, { config: vegaConfig, logger: logger(Warn, undefined, collect) });
  if (warnings.length > 0) throw new Error(`the chart '${spec.description}': ${warnings.join('; ')}`);
  // Interpreted: vega would make functions of its expressions, which the policy of a safe page forbids.
  const view = new View(parse(compiled, undefined, { ast: true }), {
    renderer: 'none',
    expr: expressionInterpreter,
  });
  try {
    return themedSvg(await view.toSVG(), spec.description);
  } finally {
    view.finalize();
  }
}
