/** The pages' CSS: the palette as variables, one column of text, wide things in boxes that scroll by themselves. */
import { figureWidth, fontFamily, paletteStyle } from '../../chart/theme.ts';

export const pageStyle = `
${paletteStyle}
*{box-sizing:border-box}
body{margin:0;padding:1rem;background:var(--surface);color:var(--text);font:16px/1.6 ${fontFamily}}
main,nav{max-width:${figureWidth}px;margin:0 auto}
h1{font-size:1.9rem;line-height:1.2;margin:1rem 0}
h2{font-size:1.4rem;line-height:1.3;margin:2.5rem 0 .75rem;padding-bottom:.3rem;border-bottom:1px solid var(--grid)}
h3{font-size:1.1rem;margin:2rem 0 .5rem}
h1,h2,h3{overflow-wrap:anywhere}
a{color:var(--blue)}
code{font:.875em ui-monospace,"SF Mono",Menlo,Consolas,monospace;background:var(--panel);padding:.1em .3em;border-radius:3px}
pre{background:var(--panel);padding:.8rem 1rem;border-radius:6px;overflow-x:auto}
pre code{padding:0;background:none}
blockquote{margin:1rem 0;padding:.1rem 1rem;border-left:4px solid var(--grid);color:var(--muted)}
figure,.scroll{margin:1.25rem 0;overflow-x:auto}
figure svg{display:block}
figure img{max-width:100%;height:auto;display:block}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .5rem;border-bottom:1px solid var(--grid);white-space:nowrap;text-align:left}
[align=right]{text-align:right}
[align=center]{text-align:center}
th{border-bottom:2px solid var(--axis)}
nav{font-size:.9rem;line-height:1.4;padding:.75rem 1rem;background:var(--panel);border-radius:6px}
nav ul{list-style:none;margin:.4rem 0 0;padding:0}
nav li{margin:.25rem 0}
nav .level-3{padding-left:1rem}
nav a{color:var(--text);text-decoration:none}
nav a:hover{text-decoration:underline}
@media (min-width:1120px){
body{display:grid;grid-template-columns:240px ${figureWidth}px;gap:3rem;justify-content:center;padding:1.5rem}
main,nav{margin:0}
nav{position:sticky;top:1.5rem;align-self:start;max-height:calc(100vh - 3rem);overflow-y:auto}
}
@media print{nav{display:none}body{display:block}}
`.trim();
