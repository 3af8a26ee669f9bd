// The panels round the plan. Every text enters by textContent, so no name can become markup.

const MOST_GROUPS = 300;
const MOST_MEMBERS = 40;

function byId(id) {
  return document.getElementById(id);
}

/** An element with properties and children; a string child is text, never markup. */
function element(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (key === 'data') Object.assign(node.dataset, value);
    else if (key.startsWith('aria') || key === 'role') node.setAttribute(key.replace('aria', 'aria-').toLowerCase(), value);
    else node[key] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== ''));
  return node;
}

function withUnit(text, unit) {
  return text === 'n/a' || !unit ? text : `${text} ${unit}`;
}

// ---- header ----------------------------------------------------------------------------------------------------

function fillHeader(plan) {
  const { model } = plan;
  byId('title').textContent = model.title;
  byId('title').title = model.title;
  byId('site').textContent = model.site;
  byId('site').title = model.site;
  byId('summary').replaceChildren(...model.summary.map(([label, text]) =>
    element('div', {}, element('dt', {}, label), element('dd', {}, text))));
  const counts = countFindings(model, null);
  const word = { pass: 'PASSES', fail: 'FAILS' }[model.verdict] ?? 'NOT JUDGED';
  byId('verdict').className = model.verdict;
  byId('verdict').replaceChildren(element('b', {}, word),
    element('span', {}, counts.length > 0 ? `${counts.join(' · ')}${model.cases.length > 1 ? ', all cases' : ''}` : model.verdict ? 'no findings' : 'no checks were run'));
}

function fillSelects(plan) {
  const { model } = plan;
  const option = (text, value) => new Option(text, value);
  const names = model.cases.map((entry, at) => {
    const counts = countFindings(model, at);
    return counts.length > 0 ? `${entry.name}  (${counts.join(', ')})` : entry.name;
  });
  const metrics = model.metrics.map((metric, at) => option(metric.unit ? `${metric.title} [${metric.unit}]` : metric.title, at));
  byId('metric').replaceChildren(...(metrics.length > 0 ? metrics : [option('equipment kinds', 0)]));
  byId('case').replaceChildren(...names.map(option));
  byId('versus').replaceChildren(option('none', -1), ...model.cases.map((entry, at) => option(entry.name, at)));
}

function syncControls(plan) {
  const { state } = plan;
  byId('metric').value = state.metric;
  byId('case').value = state.case;
  byId('versus').value = state.versus;
  byId('dark').setAttribute('aria-pressed', state.dark);
  byId('dark').textContent = state.dark ? 'Light' : 'Dark';
  byId('all-cases').checked = state.allCases;
  document.body.classList.toggle('dark', state.dark);
}

// ---- legend ----------------------------------------------------------------------------------------------------

function fillLegend(plan) {
  const { scale, state, model } = plan;
  if (!scale) {
    byId('legend').replaceChildren(element('div', { className: 'name' }, 'Equipment by kind', element('small', {}, 'no metric was given')));
    return;
  }
  const { metric } = scale;
  const label = scale.name === 'difference' ? `Δ ${metric.title}` : metric.title;
  const context = scale.name === 'difference'
    ? `${model.cases[state.case].name} − ${model.cases[state.versus].name}` : model.cases[state.case].name;
  byId('legend').replaceChildren(
    element('div', { className: 'name' }, metric.unit ? `${label} [${metric.unit}]` : label, element('small', {}, context)),
    legendScale(plan), legendKeys(plan));
}

function legendScale(plan) {
  const { scale, state } = plan;
  const { metric } = scale;
  const across = (t) => `${((scale.reversed ? 1 - t : t) * 100).toFixed(2)}%`;
  const bar = element('div', { className: 'bar' });
  const direction = scale.reversed ? 'to left' : 'to right';
  bar.style.background = `linear-gradient(${direction}, ${stops(scale, state).map(([t, colour]) => `${colour} ${(t * 100).toFixed(2)}%`).join(', ')})`;
  const ticks = scale.ticks.map((tick) => {
    const sign = scale.name === 'difference' && tick.value > 0 ? '+' : '';
    const text = tick.limit ? `limit ${plainNumber(metric.limit)}` : sign + showTick(tick.value);
    const node = element('div', { className: tick.limit ? 'tick limit' : 'tick' }, text);
    node.style.left = across(tick.t);
    return node;
  });
  return element('div', { className: 'scale' }, bar, ...ticks);
}

function legendKeys(plan) {
  const { scale, state } = plan;
  const { metric, values } = scale;
  const given = metric.things.filter((at) => !Number.isNaN(values[at])).length;
  let told = `${show(given, 0)} shown`;
  let broken = 0;
  if (scale.name === 'difference') {
    const changed = metric.things.filter((at) => Math.abs(values[at]) > 0).length;
    told = `${show(changed, 0)} of ${show(given, 0)} differ`;
  } else if (metric.limit !== null) {
    broken = metric.things.filter((at) => isBroken(metric, values[at])).length;
    told = `${show(broken, 0)} of ${show(given, 0)} ${metric.side === 'min' ? 'under' : 'over'} the limit`;
  }
  const out = plan.model.cases[state.case].out.length > 0 ? ' · ✕ out of service' : '';
  return element('div', { className: 'keys' },
    element('span', { className: broken > 0 ? 'count broken' : 'count' }, told), element('br'), `▲ finding${out} · grey: no value`);
}

// ---- layers ----------------------------------------------------------------------------------------------------

function fillLayers(plan) {
  const { model, state } = plan;
  const order = (kind) => (isRack(kind) ? 0 : isGround(kind) ? 2 : 1);
  const kinds = [...new Set(model.boxes.map((box) => box.kind))].sort((a, b) => order(a) - order(b));
  const boxes = kinds.map((kind) => layerSwitch(state, `box:${kind}`, words(kind), kindColours(kind, state)));
  const routes = [...new Set(model.routes.map((route) => route.kind))].map((kind) => {
    const { colour, dash } = routeStyle(kind, state);
    return layerSwitch(state, `route:${kind}`, words(kind), { line: colour, dashed: dash.length > 0 });
  });
  const extras = [['marks', 'marks'], ['labels', 'labels'], ['grid', 'grid [m]']]
    .map(([layer, text]) => layerSwitch(state, layer, text, null));
  byId('layers').replaceChildren(...boxes, ...routes, ...extras);
}

function layerSwitch(state, layer, text, look) {
  const box = element('input', { type: 'checkbox', checked: !state.hidden.has(layer), data: { layer } });
  const swatch = element('span', { className: look && !look.fill ? 'swatch stroke' : 'swatch' });
  if (look) {
    swatch.style.borderColor = look.line;
    if (look.fill) swatch.style.background = look.fill;
    if (look.dashed) swatch.style.borderTopStyle = 'dashed';
  } else {
    swatch.style.visibility = 'hidden';
  }
  return element('label', { title: text }, box, swatch, element('span', {}, text));
}

// ---- findings --------------------------------------------------------------------------------------------------

function fillFindings(plan) {
  const { model, state } = plan;
  const groups = groupFindings(model, state.case, state.allCases);
  const total = groups.reduce((sum, members) => sum + members.length, 0);
  byId('findings-count').textContent = total > 0 ? `${show(total, 0)} in ${groups.length} ${groups.length === 1 ? 'group' : 'groups'}` : '';
  plan.groups = groups;
  const cards = groups.slice(0, MOST_GROUPS).map((members, at) => findingCard(plan, members, at));
  if (groups.length > MOST_GROUPS) cards.push(element('p', { className: 'quiet' }, `${groups.length - MOST_GROUPS} more groups not listed`));
  if (groups.length === 0) {
    const elsewhere = model.findings.length > 0 ? ' Other cases have some.' : '';
    cards.push(element('p', { className: 'quiet' }, `None in this case.${elsewhere}`));
  }
  byId('findings').replaceChildren(...cards);
}

function findingCard(plan, members, at) {
  const worst = members[0];
  const where = members.length > 1 ? `${members.length} places, worst ${nameOf(worst)}` : nameOf(worst);
  const numbers = [withLimit(worst), worst.margin === null ? '' : `margin ${plainNumber(worst.margin)} ${worst.unit}`];
  const card = element('button', { className: `finding ${worst.severity}`, data: { group: at } },
    element('span', { className: 'rule' }, worst.rule),
    element('span', { className: 'level' }, worst.severity), element('div', {}, element('b', {}, worst.title || worst.rule)),
    element('div', {}, where),
    element('div', { className: 'numbers' }, numbers.filter(Boolean).join(' · ')),
    worst.cause ? element('div', { className: 'cause' }, `cause: ${worst.cause}`) : null,
    plan.state.allCases && worst.case ? element('div', { className: 'cause' }, `case: ${worst.case}`) : null);
  return card;
}

function nameOf(finding) {
  return finding.thing ? finding.thing.name : leaf(finding.prim) || 'the site';
}

function plainNumber(number) {
  return Math.abs(number) >= 1000 ? show(number, 0) : String(Number(number.toPrecision(4))).replace('-', '−');
}

function withLimit(finding) {
  if (finding.value === null) return finding.limit === null ? '' : `limit ${plainNumber(finding.limit)} ${finding.unit}`;
  const limit = finding.limit === null ? '' : `, limit ${plainNumber(finding.limit)}`;
  return `${plainNumber(finding.value)} ${finding.unit}${limit}`;
}

/** Open a group: its members as a list below the card. */
function openGroup(plan, at) {
  for (const node of document.querySelectorAll('#findings .member, #findings .more')) node.remove();
  const card = document.querySelector(`#findings [data-group="${at}"]`);
  const members = plan.groups[at];
  if (!card || members.length < 2) return;
  const nodes = members.slice(0, MOST_MEMBERS).map((finding, k) => element('button',
    { className: 'member', data: { group: at, member: k } },
    element('span', {}, finding.value === null ? '' : `${plainNumber(finding.value)} ${finding.unit}`), nameOf(finding)));
  if (members.length > MOST_MEMBERS) nodes.push(element('p', { className: 'quiet more' }, `and ${members.length - MOST_MEMBERS} more`));
  card.after(...nodes);
}

function markCurrent(node) {
  for (const other of document.querySelectorAll('#findings [aria-current]')) other.removeAttribute('aria-current');
  if (node) node.setAttribute('aria-current', 'true');
}

// ---- details ---------------------------------------------------------------------------------------------------

function fillDetail(plan) {
  const { state, model } = plan;
  const thing = state.chosen === null ? null : model.things[state.chosen];
  byId('detail').replaceChildren(...(thing ? thingDetail(plan, thing) : siteDetail(plan)));
}

function siteDetail(plan) {
  const { model } = plan;
  const count = (test) => model.boxes.filter(test).length;
  const racks = count((box) => isRack(box.kind));
  const others = count((box) => !isRack(box.kind) && !isGround(box.kind));
  const key = (text) => element('kbd', {}, text);
  return [
    element('h3', {}, `${show(racks, 0)} racks, ${show(others, 0)} other pieces`),
    element('p', { className: 'quiet' }, `${show(model.cases.length, 0)} ${model.cases.length === 1 ? 'case' : 'cases'}, ${model.metrics.length} ${model.metrics.length === 1 ? 'quantity' : 'quantities'}. `
      + 'Click a rack, a machine or a pipe for its numbers.'),
    element('p', { className: 'quiet' }, key('/'), ' search · ', key('['), ' ', key(']'), ' case · ', key('M'), ' quantity · ',
      key('↑'), ' ', key('↓'), ' findings · ', key('F'), ' fit · ', key('Esc'), ' back'),
  ];
}

function thingDetail(plan, thing) {
  const { model, state } = plan;
  const room = roomOf(model, thing);
  const copy = element('button', { className: 'copy', title: 'Copy the prim path', data: { copy: thing.path } }, 'copy path');
  const parts = [copy, element('h3', {}, thing.name), crumbs(thing, room), element('code', { className: 'place' }, thing.path)];
  if (thing.where) parts.push(element('code', { className: 'place', title: 'Layer and line' }, thing.where));
  if (model.cases[state.case].out.includes(thing.at)) parts.push(element('p', { className: 'out' }, '✕ out of service in this case'));
  const rows = metricRows(plan, thing);
  if (rows.length > 0) {
    const last = state.versus >= 0 ? 'Δ' : 'margin';
    parts.push(element('table', {}, element('thead', {}, element('tr', {}, element('th', {}, 'quantity'),
      element('th', {}, 'value'), element('th', {}, 'limit'), element('th', {}, last))), element('tbody', {}, ...rows)));
  }
  for (const finding of model.findings) {
    if (finding.thing === thing && appliesTo(finding, state.case)) parts.push(findingNote(finding));
  }
  return parts;
}

function crumbs(thing, room) {
  const line = element('div', { className: 'crumbs' });
  if (room) line.append(element('button', { data: { go: room.at } }, room.name), ' › ');
  if (thing.line?.named) line.append(element('button', { data: { row: thing.at } }, thing.line.name), ' › ');
  const size = thing.isRoute ? (thing.size ? `, ${Math.round(thing.size * 1000)} mm` : '')
    : `, ${thing.width} × ${thing.depth} m at ${thing.x}, ${thing.y} m`;
  line.append(words(thing.kind) + size);
  return line;
}

function metricRows(plan, thing) {
  const { model, state } = plan;
  const rows = [];
  model.metrics.forEach((metric, at) => {
    if (!hasThing(metric, thing.at)) return;
    const value = valuesOf(model, at, state.case)[thing.at];
    const margin = marginOf(metric, value);
    const last = state.versus >= 0 ? value - valuesOf(model, at, state.versus)[thing.at] : margin;
    const broken = margin < 0 ? 'broken' : '';
    const limit = metric.limit === null ? '–' : `${metric.side === 'min' ? '≥' : '≤'} ${plainNumber(metric.limit)}`;
    rows.push(element('tr', { className: at === state.metric ? 'shown' : '', data: { metric: at }, title: metric.source },
      element('td', {}, metric.title, metric.source && at === state.metric ? element('small', {}, metric.source) : null),
      element('td', { className: broken }, withUnit(show(value, metric.decimals), metric.unit)),
      element('td', {}, limit),
      element('td', { className: broken }, Number.isFinite(last) ? showSigned(last, metric.decimals) : '–')));
  });
  return rows;
}

function hasThing(metric, at) {
  metric.has ??= new Set(metric.things);
  return metric.has.has(at);
}

function findingNote(finding) {
  return element('div', { className: 'told' }, element('b', {}, `${finding.severity} ${finding.rule}: `), finding.title,
    element('br'), withLimit(finding), finding.cause ? element('div', { className: 'quiet' }, `cause: ${finding.cause}`) : null,
    finding.source ? element('div', { className: 'quiet' }, finding.source) : null,
    finding.where ? element('code', { className: 'place' }, finding.where) : null);
}

// ---- hover and search ------------------------------------------------------------------------------------------

function fillTip(plan, thing) {
  const { model, state } = plan;
  const rows = model.metrics.map((metric, at) => [metric, at]).filter(([metric]) => hasThing(metric, thing.at))
    .sort((a, b) => (b[1] === state.metric) - (a[1] === state.metric)).slice(0, 6).map(([metric, at]) => {
      const value = valuesOf(model, at, state.case)[thing.at];
      return element('tr', { className: at === state.metric ? 'shown' : '' }, element('td', {}, metric.title),
        element('td', { className: isBroken(metric, value) ? 'broken' : '' }, withUnit(show(value, metric.decimals), metric.unit)));
    });
  const out = model.cases[state.case].out.includes(thing.at) ? ', out of service' : '';
  byId('tip').replaceChildren(element('b', {}, thing.name), element('span', { className: 'quiet' }, words(thing.kind) + out),
    element('table', {}, ...rows));
}

function fillMatches(plan, text) {
  const found = searchThings(plan.model, text, 14);
  plan.matches = found;
  plan.match = 0;
  const list = byId('matches');
  list.hidden = text.trim() === '';
  byId('search').setAttribute('aria-expanded', String(!list.hidden));
  list.replaceChildren(...found.map((thing, at) => element('div', { role: 'option', ariaSelected: String(at === 0), data: { at: thing.at } },
    thing.name, element('small', {}, `${words(thing.kind)}  ${thing.path}`))));
  if (found.length === 0) list.append(element('p', { className: 'quiet' }, 'nothing of that name'));
}

function moveMatch(plan, step) {
  const nodes = [...byId('matches').querySelectorAll('[role="option"]')];
  if (nodes.length === 0) return;
  plan.match = (plan.match + step + nodes.length) % nodes.length;
  nodes.forEach((node, at) => node.setAttribute('aria-selected', String(at === plan.match)));
  nodes[plan.match].scrollIntoView({ block: 'nearest' });
}
