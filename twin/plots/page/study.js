// The page of a study: fills the table, listens, draws anew what changed. Every text goes in as text.

function tell(trouble) {
  byId('trouble').textContent = `The study cannot be shown: ${trouble}`;
  byId('trouble').hidden = false;
}

function add(parent, tag, text, kind) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  parent.append(made);
  return made;
}

function bindingOf(v) {
  const at = model.data.binding[v];
  return at < 0 ? '' : model.data.constraints[at];
}

function fillHead() {
  const head = byId('table').tHead;
  const names = add(head, 'tr'), filters = add(head, 'tr');
  const verdict = add(add(filters, 'th'), 'select');
  for (const word of ['all', 'pass', 'fail']) add(verdict, 'option', word);
  verdict.addEventListener('change', () => { model.verdict = verdict.value; refresh(); });
  add(names, 'th', 'variant').addEventListener('click', () => { model.sort = null; refresh(); });
  model.data.columns.forEach((column, k) => {
    add(names, 'th', heading(column)).addEventListener('click', () => {
      model.down = model.sort === k && !model.down;
      model.sort = k;
      refresh();
    });
    const box = add(add(filters, 'th'), 'input');
    box.setAttribute('aria-label', `filter ${column.name}`);
    box.addEventListener('input', () => { model.filters[k] = box.value; refresh(); });
  });
  add(names, 'th', 'binds', 'word');
  add(filters, 'th');
}

function fillRows() {
  const body = byId('table').tBodies[0];
  const rows = document.createDocumentFragment();
  for (const v of model.kept.slice(0, model.shown)) {
    const passes = model.data.passes[v];
    const chosen = v === model.chosen || v === model.other ? ' chosen' : '';
    const row = add(rows, 'tr', undefined, (passes ? 'passes' : 'fails') + chosen);
    add(row, 'td', `${v} ${model.data.status[v] === 1 ? (passes ? 'passes' : 'fails') : 'no result'}`);
    for (const column of model.data.columns) {
      add(row, 'td', shownValue(column, column.values[v]), column.words.length ? 'word' : '');
    }
    add(row, 'td', bindingOf(v), 'word');
    row.addEventListener('click', (event) => choose(v, event.shiftKey));
  }
  body.replaceChildren(rows);
  byId('more').hidden = model.kept.length <= model.shown;
}

function fillDetail() {
  const into = byId('detail');
  into.replaceChildren();
  const shown = [model.chosen, model.other].filter((v) => v >= 0);
  if (!shown.length) { add(into, 'p', 'Click a variant.', 'quiet'); return; }
  const table = add(add(into, 'div', undefined, 'wide'), 'table');
  const line = (tag, cells) => {
    const row = add(table, 'tr');
    for (const cell of cells) add(row, tag, cell);
  };
  line('th', ['', ...shown.map((v) => `variant ${v}`), ...(shown.length > 1 ? ['difference'] : [])]);
  for (const column of model.data.columns) {
    const values = shown.map((v) => column.values[v]);
    const gap = shown.length < 2 ? [] : [column.words.length || values.includes(null)
      ? (values[0] === values[1] ? '' : 'differs') : String(Number((values[1] - values[0]).toPrecision(4)))];
    line('td', [heading(column), ...values.map((value) => shownValue(column, value)), ...gap]);
  }
  line('td', ['binds', ...shown.map((v) => {
    const at = model.data.binding[v];
    return at < 0 ? '–' : `${model.data.constraints[at]}: ${model.data.titles[at]}`;
  }), ...(shown.length > 1 ? [''] : [])]);
  for (const v of shown) {
    if (model.data.failures[v]) add(add(into, 'p'), 'span', `variant ${v} has no result: ${model.data.failures[v]}`);
    add(add(into, 'p'), 'code', model.data.commands[v]);
    add(add(into, 'p', 'its floor plan: ', 'quiet'), 'code', `${model.data.commands[v].replace('twin check', 'twin plan').split('  #')[0].trim()} -o variant_${v}.html`);
  }
}

function choose(v, beside) {
  if (beside && model.chosen >= 0) model.other = v === model.other ? -1 : v;
  else { model.chosen = v; model.other = -1; }
  fillDetail(); fillRows(); drawLines(); drawScatter();
}

function refresh() {
  keep();
  fillRows(); drawLines(); drawScatter(); drawHeat();
}

/** Return the variant whose line passes nearest to a place on the canvas. */
function nearest(x, y) {
  const { columns } = model.data;
  const { axes } = model;
  let k = 0;
  axes.x.forEach((own, at) => { if (Math.abs(own - x) < Math.abs(axes.x[k] - x)) k = at; });
  const height = (v) => axes.bottom - (axes.bottom - axes.top) * (columns[k].values[v] - axes.ends[k][0]) / (axes.ends[k][1] - axes.ends[k][0]);
  let best = -1;
  for (const v of model.kept) {
    if (columns[k].values[v] !== null && (best < 0 || Math.abs(height(v) - y) < Math.abs(height(best) - y))) best = v;
  }
  return best;
}

function fillSelects() {
  const { columns } = model.data;
  const cost = columns.findIndex((column) => column.role === 'cost');
  const output = columns.findIndex((column) => column.role === 'output');
  const first = cost >= 0 ? cost : Math.max(output, 0);
  const second = cost >= 0 && output >= 0 ? output : columns.length - 1;
  for (const [id, at] of [['across', first], ['up', second]]) {
    columns.forEach((column, k) => { add(byId(id), 'option', heading(column)).value = String(k); });
    byId(id).value = String(at);
    byId(id).addEventListener('change', drawScatter);
  }
}

async function start() {
  if (typeof DecompressionStream === 'undefined') { tell('this browser is older than 2023'); return; }
  try {
    runLibrary(await unpack('packed-plotly'));
    model.data = JSON.parse(await unpack('packed-data'));
    byId('title').textContent = model.data.title;
    byId('site').textContent = model.data.site;
    for (const note of model.data.notes) add(byId('notes'), 'li', note);
    fillHead(); fillSelects(); refresh();
    byId('scatter').on('plotly_click', (event) => choose(event.points[0].customdata, event.event.shiftKey));
    byId('heat').on('plotly_click', (event) => choose(model.groups[event.points[0].x][0], event.event.shiftKey));
    byId('lines').addEventListener('click', (event) => {
      const v = nearest(event.offsetX, event.offsetY);
      if (v >= 0) choose(v, event.shiftKey);
    });
    byId('more').addEventListener('click', () => { model.shown += 200; fillRows(); });
    window.addEventListener('resize', drawLines);
    document.body.dataset.ready = 'yes';
  } catch (reason) {
    tell(reason.message);
  }
}

start();
