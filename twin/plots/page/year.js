// Cards, one section per panel, the table of limits. Every text goes in as text.

const byId = (id) => document.getElementById(id);
const root = document.documentElement;

function tell(trouble) {
  byId('trouble').textContent = `The figures cannot be shown: ${trouble}`;
  byId('trouble').hidden = false;
}

function add(parent, tag, text, kind) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  parent.append(made);
  return made;
}

function colour(name) {
  return getComputedStyle(root).getPropertyValue(name).trim();
}

/** Give axes, letters and ground the colours of the page. */
function shaded(layout) {
  const axis = (own) => ({ gridcolor: colour('--rule'), zerolinecolor: colour('--rule'), linecolor: colour('--rule'), ...own });
  return {
    margin: { l: 66, r: 16, t: 14, b: 52 }, showlegend: false, hovermode: 'closest', ...layout,
    font: { family: 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif', size: 12, color: colour('--ink') },
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
    hoverlabel: { bgcolor: colour('--raised'), font: { color: colour('--ink') } },
    xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis),
  };
}

/** All sections come before any figure: a figure takes the width that its section ends up with. */
function addPanel(panel) {
  const section = add(byId('panels'), 'section', undefined, panel.wide ? 'wide' : '');
  add(section, 'h2', panel.title);
  add(section, 'p', panel.note, 'note');
  const figure = add(section, 'div');
  figure.style.height = panel.wide ? '430px' : '370px';
  return figure;
}

function fillLimits(rows) {
  if (rows.length < 2) return;
  const table = add(byId('limits'), 'table');
  rows.forEach((row, number) => {
    const line = add(add(table, number ? 'tbody' : 'thead'), 'tr', undefined, number ? row[1] : '');
    for (const cell of row) add(line, number ? 'td' : 'th', cell);
  });
  byId('limits').hidden = false;
}

async function draw(panels, figures) {
  await Promise.all(panels.map((panel, number) => Plotly.react(
    figures[number], panel.traces, shaded(panel.layout), { displayModeBar: false, responsive: true },
  )));
}

async function start() {
  if (typeof DecompressionStream === 'undefined') {
    tell('this browser is too old (it needs Chrome or Edge 80, Firefox 113, Safari 16.4 or later).');
    return;
  }
  root.classList.toggle('dark', matchMedia('(prefers-color-scheme: dark)').matches);
  const [library, payload] = await Promise.all([unpack('packed-plotly'), unpack('packed-data')]);
  runLibrary(library);
  const page = JSON.parse(payload);
  byId('title').textContent = page.title;
  for (const line of page.site) add(byId('site'), 'p', line);
  byId('verdict').textContent = page.verdict;
  byId('verdict').className = page.good ? 'good' : 'bad';
  for (const [label, figure, note] of page.cards) {
    const card = add(byId('cards'), 'div', undefined, 'card');
    add(card, 'span', label);
    add(card, 'b', figure);
    add(card, 'small', note);
  }
  for (const note of page.notes) add(byId('notes'), 'li', note);
  fillLimits(page.limits);
  const figures = page.panels.map(addPanel);
  await draw(page.panels, figures);
  byId('shade').addEventListener('click', () => {
    root.classList.toggle('dark');
    draw(page.panels, figures);
  });
  window.twinYear = { ready: performance.now(), page };
}

start().catch((trouble) => tell(String(trouble)));
