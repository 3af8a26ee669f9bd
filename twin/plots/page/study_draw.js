// Pictures: parallel axes on a canvas, trade-off and margins by the library.

const INK = '#1a2027', QUIET = '#5b6672', GRID = '#e3e8ed', GOOD = '#0072b2', BAD = '#d55e00', LOST = '#9aa4ae';
const LINES_DRAWN = 3000, HEAT_COLUMNS = 300;
const byId = (id) => document.getElementById(id);

function colourOf(v) {
  if (model.data.status[v] !== 1) return LOST;
  return model.data.passes[v] ? GOOD : BAD;
}

/** Draw a line per variant across all columns; of very many, evenly chosen ones. */
function drawLines() {
  const canvas = byId('lines');
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * ratio; canvas.height = height * ratio;
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  const { columns, passes } = model.data;
  const every = passes.map((_, v) => v);
  const left = 60, right = width - 60, top = 40, bottom = height - 22;
  const x = columns.map((_, k) => (columns.length > 1 ? left + (right - left) * k / (columns.length - 1) : left));
  const ends = columns.map((column) => extent(column, every));
  const place = (k, value) => bottom - (bottom - top) * (value - ends[k][0]) / (ends[k][1] - ends[k][0]);
  model.axes = { x, ends, top, bottom };
  const step = Math.max(1, Math.ceil(model.kept.length / LINES_DRAWN));
  const drawn = model.kept.filter((_, at) => at % step === 0);
  drawn.sort((a, b) => passes[a] - passes[b]);
  const faint = Math.max(0.05, Math.min(0.7, 60 / Math.max(drawn.length, 1)));
  const line = (v) => {
    pen.beginPath();
    let pending = true;
    columns.forEach((column, k) => {
      const value = column.values[v];
      if (value === null) { pending = true; return; }
      if (pending) pen.moveTo(x[k], place(k, value)); else pen.lineTo(x[k], place(k, value));
      pending = false;
    });
    pen.stroke();
  };
  pen.lineWidth = 1;
  pen.globalAlpha = faint;
  for (const v of drawn) { pen.strokeStyle = colourOf(v); line(v); }
  pen.globalAlpha = 1; pen.lineWidth = 2.5;
  for (const [v, colour] of [[model.other, QUIET], [model.chosen, INK]]) {
    if (v >= 0) { pen.strokeStyle = colour; line(v); }
  }
  pen.lineWidth = 1; pen.strokeStyle = QUIET; pen.fillStyle = INK;
  pen.font = '11px system-ui, sans-serif'; pen.textAlign = 'center';
  columns.forEach((column, k) => {
    pen.beginPath(); pen.moveTo(x[k], top); pen.lineTo(x[k], bottom); pen.stroke();
    pen.fillText(column.name, x[k], top - 22, 140);
    const words = column.words.length > 0;
    const label = (value) => (words ? column.words[Math.round(value)] || '' : shownValue(column, value));
    pen.fillText(label(ends[k][1]) + (words || !column.unit ? '' : ` ${column.unit}`), x[k], top - 7, 110);
    pen.fillText(label(ends[k][0]), x[k], bottom + 14, 110);
  });
  const told = step > 1 ? `, ${drawn.length} of them drawn here` : '';
  byId('count').textContent = `${model.kept.length} of ${passes.length} variants kept by the filters${told}; blue passes, orange fails`;
}

function drawScatter() {
  const { columns, passes, pareto, status } = model.data;
  const across = columns[Number(byId('across').value)], up = columns[Number(byId('up').value)];
  const trace = (name, which, colour, size, ring) => ({
    type: 'scatter', mode: 'markers', name, x: which.map((v) => across.values[v]), y: which.map((v) => up.values[v]),
    customdata: which, hovertemplate: `variant %{customdata}<br>%{x:.5~g}, %{y:.5~g}<extra>${name}</extra>`,
    marker: ring ? { size, color: 'rgba(0,0,0,0)', line: { color: INK, width: 1.6 } } : { size, color: colour, opacity: 0.6 },
  });
  const kept = model.kept.filter((v) => status[v] === 1);
  const traces = [
    trace('fails', kept.filter((v) => !passes[v]), BAD, 5), trace('passes', kept.filter((v) => passes[v]), GOOD, 6),
    trace('not beaten', kept.filter((v) => pareto[v]), INK, 11, true),
  ].filter((one) => one.x.length);
  for (const [v, name] of [[model.chosen, 'chosen'], [model.other, 'compared']]) {
    if (v >= 0) traces.push(trace(name, [v], name === 'chosen' ? INK : QUIET, 12));
  }
  const axis = (column) => ({
    title: { text: heading(column), font: { size: 12 } }, gridcolor: GRID, zeroline: false, automargin: true,
    ...(column.words.length ? { tickvals: column.words.map((_, k) => k), ticktext: column.words } : {}),
  });
  Plotly.react('scatter', traces, {
    height: 380, margin: { l: 60, r: 10, t: 10, b: 45 }, font: { size: 11, color: INK }, hovermode: 'closest',
    legend: { orientation: 'h', y: 1.08 }, xaxis: axis(across), yaxis: axis(up),
  }, { displayModeBar: false, responsive: true });
}

function drawHeat() {
  const { margins, drawn, constraints, titles, columns, status } = model.data;
  const worst = columns[columns.length - 1].values;
  const order = model.kept.filter((v) => status[v] === 1 && worst[v] !== null).sort((a, b) => worst[a] - worst[b] || a - b);
  const count = Math.min(order.length, HEAT_COLUMNS);
  const group = (at) => order.slice(Math.floor(at * order.length / count), Math.floor((at + 1) * order.length / count));
  const groups = Array.from({ length: count }, (_, at) => group(at));
  const z = margins.map((row) => groups.map((own) => {
    let least = Infinity;
    for (const v of own) if (row[v] !== null) least = Math.min(least, row[v]);
    return Number.isFinite(least) ? 100 * least : null;
  }));
  model.groups = groups;
  Plotly.react('heat', [{
    type: 'heatmap', z, x: groups.map((_, at) => at), y: drawn.map((at) => constraints[at]),
    text: drawn.map((at) => groups.map(() => titles[at])), zmin: -20, zmax: 20, hoverongaps: false,
    hovertemplate: '%{y}: %{text}<br>margin %{z:.1f} %<extra></extra>',
    colorscale: [[0, '#b2182b'], [0.499, '#fddbc7'], [0.501, '#d1e5f0'], [1, '#2166ac']],
    colorbar: { title: { text: 'margin [%]', font: { size: 11 } }, thickness: 12 },
  }], {
    height: Math.max(240, 70 + 15 * drawn.length), margin: { l: 130, r: 10, t: 10, b: 35 }, font: { size: 11, color: INK },
    xaxis: { title: { text: `worst margin first, ${order.length} variants`, font: { size: 12 } }, showticklabels: false },
    yaxis: { autorange: 'reversed', tickfont: { size: 10 } },
  }, { displayModeBar: false, responsive: true });
}
