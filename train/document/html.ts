/** Markdown to one HTML file that needs no other. */
import { Marked, Renderer, type Tokens } from 'marked';
import { getHeadingList, gfmHeadingId } from 'marked-gfm-heading-id';
import { escapeXml, labelled } from '../../chart/themedSvg.ts';
import { type Figure, figurePath } from './figure.ts';
import { pageStyle } from './pageStyle.ts';

export interface Page {
  readonly title: string;
  /** The text, which refers to the figures as `![what it shows](figures/FILE)`. */
  readonly markdown: string;
  readonly figures: readonly Figure[];
}

/**
 * The page as one self-contained HTML file: figures within, a table of contents of the headings of second and third
 * level, an anchor at every heading, named as GitHub names them. Raw HTML in the Markdown is shown as text.
 *
 * @throws Error for a picture that is not among the figures
 */
export function htmlPage({ title, markdown, figures }: Page): string {
  const marked = new Marked({ gfm: true });
  marked.setOptions({ renderer: new PageRenderer(figures) });
  marked.use(gfmHeadingId());
  const body = marked.parse(markdown, { async: false });
  const contents = getHeadingList().filter(({ level }) => level === 2 || level === 3);
  const links = contents.map(
    ({ level, id, text }) => `<li class="level-${level}"><a href="#${id}">${text}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<nav aria-label="Contents"><strong>Contents</strong><ul>
${links.join('\n')}
</ul></nav>
<main>
${body}</main>
</body>
</html>
`;
}

class PageRenderer extends Renderer {
  readonly #figures: ReadonlyMap<string, Figure>;

  constructor(figures: readonly Figure[]) {
    super();
    this.#figures = new Map(figures.map((figure) => [figurePath(figure.file), figure]));
  }

  override paragraph(token: Tokens.Paragraph): string {
    const [first, ...others] = token.tokens;
    // A picture alone is a figure; wide ones scroll in their box.
    if (first?.type === 'image' && others.length === 0) {
      return `<figure>${this.parser.parseInline(token.tokens)}</figure>\n`;
    }
    return super.paragraph(token);
  }

  override image({ href, tokens }: Tokens.Image): string {
    const label = this.parser.parseInline(tokens, this.parser.textRenderer);
    const figure = this.#figures.get(href);
    if (figure === undefined) {
      throw new Error(`${href} is not a figure of this page: ${[...this.#figures.keys()].join(', ')}`);
    }
    const { content } = figure;
    if (typeof content === 'string') return labelled(content, label);
    return `<img alt="${escapeXml(label)}" src="data:image/png;base64,${Buffer.from(content).toString('base64')}">`;
  }

  override table(token: Tokens.Table): string {
    // Can be reached with the keyboard, so that it can be scrolled with it.
    return `<div class="scroll" tabindex="0" role="region" aria-label="Table">${super.table(token)}</div>\n`;
  }

  override html({ text }: Tokens.HTML | Tokens.Tag): string {
    return escapeXml(text);
  }
}
