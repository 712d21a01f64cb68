import { mainFigure } from './figures.mjs';

const COLUMNS = 2;
const PANEL = 480;
const GAP = 32;
const LABEL = 150;
const VALUE = 84;
const BAR = 16;
const ROW = 22;
const HEAD = 40;
/** Characters of the caption. */
const LINE = 140;

/** Bars for each plan, as SVG: ours in a colour of its own. */
export function chart(results, plans, order, caption) {
  const panels = plans
    .map(({ name, title }) => panelOf(results, name, title, order))
    .filter(({ bars }) => bars.length > 1);
  let y = GAP;
  const parts = [];
  for (let i = 0; i < panels.length; i += COLUMNS) {
    const row = panels.slice(i, i + COLUMNS);
    row.forEach((panel, column) => parts.push(drawPanel(panel, GAP + column * (PANEL + GAP), y)));
    y += Math.max(...row.map(({ bars }) => HEAD + bars.length * ROW)) + GAP;
  }
  const width = GAP + COLUMNS * (PANEL + GAP);
  for (const line of captionLines(caption)) {
    parts.push(text(GAP, y, line, 'note'));
    y += ROW;
  }
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" role="img">`,
    '<style>',
    'text { font: 13px system-ui, sans-serif; fill: #24292f }',
    '.title { font-weight: 600; font-size: 14px } .note { fill: #57606a; font-size: 12px }',
    '.bar { fill: #8c959f } .ours { fill: #e0234e } .limit { fill: #d0d7de }',
    '</style>',
    `<rect width="${width}" height="${y}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

function panelOf(results, plan, title, order) {
  const servers = results.serversOf(plan, order);
  const figure = mainFigure(results, plan);
  const bars = servers
    .map((server) => ({ server, value: results.median(plan, server, figure.read) }))
    .filter(({ value }) => value !== undefined);
  return { title, figure, bars };
}

function drawPanel({ title, figure, bars }, x, y) {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = PANEL - LABEL - VALUE;
  const lines = bars.flatMap(({ server, value }, i) => {
    const top = y + HEAD + i * ROW;
    const length = Math.max(1, (value / most) * room);
    return [
      text(x, top + 13, server),
      `<rect class="${classOf(server)}" x="${x + LABEL}" y="${top}" width="${length.toFixed(1)}" height="${BAR}"/>`,
      text(x + LABEL + length + 6, top + 13, figure.write(value)),
    ];
  });
  const meaning = `${figure.title}, ${figure.isMoreBetter ? 'more' : 'less'} is better`;
  return [text(x, y + 12, title, 'title'), text(x, y + 28, meaning, 'note'), ...lines].join('\n');
}

function captionLines(caption) {
  return caption.match(new RegExp(`.{1,${LINE}}(?: |$)`, 'g'));
}

function classOf(server) {
  if (server === 'nestjs-stomp') return 'ours';
  return server === 'stomp-limit' || server === 'ws-preframed' ? 'limit' : 'bar';
}

function text(x, y, content, name) {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(0)}" y="${y}"${name ? ` class="${name}"` : ''}>${escaped}</text>`;
}
