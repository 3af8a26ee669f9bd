// One section for each drawing: words, a figure, a table. Every text goes in as text.

const byId = (id) => document.getElementById(id);

function tell(trouble) {
  byId('trouble').textContent = `The fabric cannot be shown: ${trouble}`;
  byId('trouble').hidden = false;
}

function add(parent, tag, text, kind) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  parent.append(made);
  return made;
}

function fillTable(parent, rows) {
  const table = add(add(parent, 'div', undefined, 'wide'), 'table');
  rows.forEach((row, number) => {
    const line = add(add(table, number ? 'tbody' : 'thead'), 'tr');
    for (const cell of row) add(line, number ? 'td' : 'th', cell);
  });
}

/** All sections come before any figure: a figure takes the width that its section ends up with. */
function addPanel(panel) {
  const section = add(byId('panels'), 'section');
  add(section, 'h2', panel.title);
  add(section, 'p', panel.subtitle, 'make');
  const figure = add(section, 'div');
  figure.style.height = `${panel.height}px`;
  fillTable(section, panel.table);
  const notes = add(section, 'ul');
  for (const note of panel.notes) add(notes, 'li', note);
  return figure;
}

async function start() {
  if (typeof DecompressionStream === 'undefined') {
    tell('this browser is too old (it needs Chrome or Edge 80, Firefox 113, Safari 16.4 or later).');
    return;
  }
  const [library, payload] = await Promise.all([unpack('packed-plotly'), unpack('packed-data')]);
  runLibrary(library);
  const page = JSON.parse(payload);
  byId('title').textContent = `${page.title} – data fabric`;
  byId('site').textContent = page.site;
  for (const note of page.notes) add(byId('notes'), 'li', note);
  const figures = page.panels.map(addPanel);
  await Promise.all(page.panels.map((panel, number) => Plotly.newPlot(
    figures[number], panel.traces, panel.layout, { displayModeBar: false, responsive: true },
  )));
  window.twinFabric = { ready: performance.now(), page };
}

start().catch((trouble) => tell(String(trouble)));
