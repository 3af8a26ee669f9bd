// Charts beside the plan: the row of the chosen rack, the distribution, the worst value of every case.

const BINS = 28;
const MOST_CASES = 12;

/** Plotly reads a small markup in its texts: names must not. */
function plainText(text) {
  return text.slice(0, 60).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function chartLayout(state, more) {
  const ink = inkColours(state);
  const axis = { gridcolor: ink.faint, zerolinecolor: ink.faint, linecolor: ink.quiet, tickfont: { size: 10 }, fixedrange: true };
  return {
    height: 140, margin: { l: 40, r: 8, t: 6, b: 26 }, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', bargap: 0.12,
    font: { size: 10, color: ink.quiet, family: FONT }, showlegend: false, dragmode: false,
    hoverlabel: { bgcolor: ink.ground, bordercolor: ink.quiet, font: { color: ink.text, size: 11 } },
    ...more, xaxis: { ...axis, showgrid: false, ...more.xaxis }, yaxis: { ...axis, nticks: 4, ...more.yaxis },
  };
}

function limitLine(plan, onX) {
  const { scale, state } = plan;
  if (scale.name === 'difference' || scale.metric.limit === null) return [];
  const { limit } = scale.metric;
  const across = onX ? { yref: 'paper', y0: 0, y1: 1, x0: limit, x1: limit } : { xref: 'paper', x0: 0, x1: 1, y0: limit, y1: limit };
  return [{ type: 'line', ...across, line: { color: state.dark ? '#ffa73d' : '#c04f00', dash: 'dash', width: 1.5 } }];
}

function barColour(plan, value) {
  const colour = Number.isFinite(value) ? colourAt(plan.scale, plan.state, plan.scale.position(value)) : 'rgba(0,0,0,0)';
  return colour;
}

function drawCharts(plan) {
  const shown = plan.scale !== null;
  byId('spread-part').hidden = !shown;
  byId('worst-part').hidden = !shown || plan.model.cases.length < 2;
  byId('row-part').hidden = true;
  if (!shown) return;
  drawRow(plan);
  drawSpread(plan);
  fillWorst(plan);
}

function drawRow(plan) {
  const { model, state, scale } = plan;
  const thing = state.chosen === null ? null : model.things[state.chosen];
  const row = thing ? neighbours(model, thing).filter((box) => hasThing(scale.metric, box.at)) : [];
  if (row.length < 2) return;
  byId('row-part').hidden = false;
  byId('row-title').textContent = `Row ${thing.line?.named ? thing.line.name : ''} – ${scale.metric.title} [${scale.metric.unit}]`;
  const values = row.map((box) => scale.values[box.at]);
  const given = values.filter(Number.isFinite);
  const bars = {
    type: 'bar', x: row.map((_, k) => k + 1), y: values.map((value) => (Number.isFinite(value) ? value : null)),
    text: row.map((box) => plainText(box.name)), textposition: 'none', hovertemplate: '%{text}: %{y}<extra></extra>',
    marker: { color: values.map((value) => barColour(plan, value)), line: {
      width: row.map((box) => (box === thing ? 2.5 : 0.6)),
      color: row.map((box) => (box === thing ? inkColours(state).chosen : inkColours(state).quiet)) } },
  };
  const range = profileRange(given, scale);
  const layout = chartLayout(state, { shapes: limitLine(plan, false), xaxis: { nticks: 8, title: { text: 'position', standoff: 2 } }, yaxis: { range } });
  plan.rowThings = row;
  plan.charts = Plotly.react('row-chart', [bars], layout, { displayModeBar: false, responsive: true });
}

/** Bars start at zero unless that would hide every difference between them. */
function profileRange(given, scale) {
  if (given.length === 0) return [0, 1];
  const ends = scale.name !== 'difference' && scale.metric.limit !== null ? [...given, scale.metric.limit] : given;
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const slack = (high - low) * 0.12 || Math.abs(high) * 0.1 || 1;
  if (scale.name === 'difference' || low <= 0) return [Math.min(0, low - slack), Math.max(0, high + slack)];
  return high - low < 0.5 * high ? [low - slack, high + slack] : [0, high + slack];
}

function drawSpread(plan) {
  const { scale, state } = plan;
  const all = scale.metric.things.map((at) => scale.values[at]).filter(Number.isFinite);
  // The many that do not change would hide the few that do.
  const given = scale.name === 'difference' ? all.filter((value) => value !== 0) : all;
  byId('spread-title').textContent = `Distribution of ${show(given.length, 0)} ${scale.name === 'difference' ? 'changes' : 'values'}`;
  const ends = scale.name !== 'difference' && scale.metric.limit !== null ? given.concat(scale.metric.limit) : given;
  const low = ends.reduce((a, b) => Math.min(a, b), Infinity);
  const high = ends.reduce((a, b) => Math.max(a, b), -Infinity);
  const width = (high - low) / BINS || 1;
  const counts = new Array(BINS + 1).fill(0);
  for (const value of given) counts[Math.floor((value - low) / width)] += 1;
  const middles = counts.map((_, k) => low + (k + 0.5) * width);
  const bars = {
    type: 'bar', x: given.length > 0 ? middles : [], y: counts, width,
    customdata: counts.map((_, k) => [show(low + k * width, scale.metric.decimals), show(low + (k + 1) * width, scale.metric.decimals)]),
    hovertemplate: '%{y} from %{customdata[0]} to %{customdata[1]}<extra></extra>',
    marker: { color: middles.map((value) => barColour(plan, value)), line: { width: 0.6, color: inkColours(state).quiet } },
  };
  const unit = plainText(scale.metric.unit);
  const layout = chartLayout(state, { shapes: limitLine(plan, true), xaxis: { nticks: 6, title: { text: unit, standoff: 2 } } });
  Plotly.react('spread-chart', [bars], layout, { displayModeBar: false, responsive: true });
}

/** Cases by their worst value: the failure matrix of the metric shown, worst first. */
function fillWorst(plan) {
  const { model, state, scale } = plan;
  const { metric } = scale;
  const sign = metric.side === 'min' ? -1 : 1;
  const known = worstByCase(model, state.metric).filter((entry) => entry.at >= 0);
  const sorted = [...known].sort((a, b) => sign * (b.value - a.value) || a.caseAt - b.caseAt).slice(0, MOST_CASES);
  byId('worst-title').textContent = `${metric.side === 'min' ? 'Lowest' : 'Highest'} value by case`;
  const anchored = limitScale(metric, spanOf(model, metric));
  byId('worst').replaceChildren(...sorted.map((entry) => {
    const bar = element('i', { className: isBroken(metric, entry.value) ? 'over' : '' });
    bar.style.width = `${(anchored.position(entry.value) * 100).toFixed(1)}%`;
    const node = element('button', { data: { case: entry.caseAt, at: entry.at }, title: model.things[entry.at].name }, bar,
      element('span', {}, model.cases[entry.caseAt].name),
      element('span', {}, withUnit(show(entry.value, Math.min(2, metric.decimals)), metric.unit)));
    if (entry.caseAt === state.case) node.setAttribute('aria-current', 'true');
    return node;
  }));
}
