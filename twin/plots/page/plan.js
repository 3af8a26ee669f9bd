// Start, state and events. The state is one object; `change` is the only way to alter it.

const SEVERAL = 60;

function tell(trouble) {
  byId('trouble').textContent = `The floor plan cannot be shown: ${trouble}`;
  byId('trouble').hidden = false;
}

async function start() {
  if (typeof DecompressionStream === 'undefined') {
    tell('this browser is too old (it needs Chrome or Edge 80, Firefox 113, Safari 16.4 or later).');
    return;
  }
  const [library, payload] = await Promise.all([unpack('packed-plotly'), unpack('packed-data')]);
  runLibrary(library);
  const plan = newPlan(readModel(JSON.parse(payload)));
  fillHeader(plan);
  fillSelects(plan);
  readLink(plan);
  if (betterTurned(plan)) place(plan.model, true);
  layOut(plan);
  refreshPanels(plan);
  await drawFigure(plan);
  listen(plan);
  if (plan.state.chosen !== null) await zoomTo(plan, [plan.model.things[plan.state.chosen]]);
  drawInk(plan);
  setTimeout(() => drawCharts(plan), 0);
  window.twinPlan = {
    ready: performance.now(), model: plan.model, state: plan.state, thingAt: (x, y) => thingAt(plan, x, y),
    lens: () => lens(plan), marks: () => plan.marks, colourAt: (t) => colourAt(plan.scale, plan.state, t), drawn: () => plan.drawn,
  };
}

function newPlan(model) {
  model.heatKinds = [...new Set(model.boxes.map((box) => box.kind))].filter((kind) => !isRoom(kind));
  const state = {
    metric: 0, case: 0, versus: -1, chosen: null, dark: false, allCases: false,
    hidden: new Set(),
  };
  state.allCases = !model.findings.some((finding) => appliesTo(finding, 0));
  return {
    model, state, host: byId('plan'), scale: null, grid: null, marks: new Map(), groups: [],
    highlighted: [], drawnRoutes: new Set(), hasInnerRooms: new Set(), matches: [], match: 0, drawn: {},
  };
}

/** What depends on geometry and on the turn of the plan. */
function layOut(plan) {
  const { model } = plan;
  plan.grid = readGrid(model);
  const { rooms } = model;
  plan.hasInnerRooms = new Set(rooms.filter((room) => rooms.some((other) => other !== room && contains(room, other.cx, other.cy)
    && area(other) < area(room))));
  for (const line of model.rowLines) line.anchor = rowAnchor(model, line);
}

/** The free end of a row: beyond whatever stands shoulder to shoulder with it; `free` is the room for a name. */
function rowAnchor(model, line) {
  const bounds = boundsOfThings(line.boxes);
  const upright = bounds.top - bounds.bottom > bounds.right - bounds.left;
  const [end, far, low, high] = upright ? ['bottom', 'top', 'left', 'right'] : ['left', 'right', 'bottom', 'top'];
  const middle = (bounds[low] + bounds[high]) / 2;
  const anchor = { upright, thick: bounds[high] - bounds[low], long: bounds[far] - bounds[end], free: Infinity };
  const beside = model.boxes.filter((box) => !box.kind.startsWith('aisle') && box[low] < middle + 0.2 && box[high] > middle - 0.2
    && box[end] < bounds[end]);
  beside.sort((a, b) => b[far] - a[far]);
  for (const box of beside) {
    const wall = isRoom(box.kind) && box[far] > bounds[end];
    const gap = bounds[end] - (wall ? box[end] : box[far]);
    if (!wall && gap < 0.3) bounds[end] = Math.min(bounds[end], box[end]);
    else anchor.free = Math.min(anchor.free, gap);
  }
  const at = upright ? { left: middle, right: middle, bottom: bounds.bottom, top: bounds.bottom }
    : { left: bounds.left, right: bounds.left, bottom: middle, top: middle };
  return { ...anchor, ...at };
}

// ---- state -----------------------------------------------------------------------------------------------------

function refreshPanels(plan) {
  plan.scale = readScale(plan.model, plan.state);
  plan.marks = marksOf(plan.model, plan.state.case);
  syncControls(plan);
  fillLegend(plan);
  fillLayers(plan);
  fillFindings(plan);
  fillDetail(plan);
}

/** Alter the state and show it: plan first, charts when the browser has a moment. */
async function change(plan, patch) {
  Object.assign(plan.state, patch);
  if (!('chosen' in patch)) plan.highlighted = [];
  refreshPanels(plan);
  await repaint(plan);
  afterChange(plan);
}

function afterChange(plan) {
  drawInk(plan);
  writeLink(plan);
  clearTimeout(plan.chartTimer);
  plan.chartTimer = setTimeout(() => drawCharts(plan), 30);
}

/** Choosing changes no colour, so the heatmaps stay as they are. */
function choose(plan, thing, highlighted = []) {
  plan.state.chosen = thing ? thing.at : null;
  plan.highlighted = highlighted;
  fillDetail(plan);
  afterChange(plan);
}

function stepCase(plan, step) {
  const count = plan.model.cases.length;
  return change(plan, { case: (plan.state.case + step + count) % count });
}

function stepMetric(plan, step) {
  const count = plan.model.metrics.length;
  return count > 0 ? change(plan, { metric: (plan.state.metric + step + count) % count }) : null;
}

async function turn(plan) {
  place(plan.model, !plan.model.turned);
  layOut(plan);
  await drawFigure(plan);
  drawInk(plan);
}

// ---- links: #rack=R03A-02&case=CDU-1 out&metric=outlet ----------------------------------------------------------

function readLink(plan) {
  const { model, state } = plan;
  const wanted = new URLSearchParams(location.hash.slice(1));
  const at = (list, key, name) => list.findIndex((entry) => entry[key] === name);
  const caseAt = at(model.cases, 'name', wanted.get('case'));
  const versus = at(model.cases, 'name', wanted.get('versus'));
  const metric = at(model.metrics, 'key', wanted.get('metric'));
  const thing = wanted.get('rack') ? findThing(model, wanted.get('rack')) : null;
  if (caseAt >= 0) state.case = caseAt;
  if (versus >= 0) state.versus = versus;
  if (metric >= 0) state.metric = metric;
  if (wanted.has('dark')) state.dark = true;
  state.chosen = thing ? thing.at : null;
}

function writeLink(plan) {
  const { model, state } = plan;
  const link = new URLSearchParams();
  const thing = state.chosen === null ? null : model.things[state.chosen];
  if (thing) link.set('rack', findThing(model, thing.name) === thing ? thing.name : thing.path);
  if (state.case > 0) link.set('case', model.cases[state.case].name);
  if (state.versus >= 0) link.set('versus', model.cases[state.versus].name);
  if (state.metric > 0) link.set('metric', model.metrics[state.metric].key);
  if (state.dark) link.set('dark', '1');
  plan.link = `#${link}`;
  // replaceState, so that the back button leaves the page and does not walk through clicks.
  history.replaceState(null, '', plan.link);
}

async function followLink(plan) {
  if (location.hash === plan.link) return;
  Object.assign(plan.state, { metric: 0, case: 0, versus: -1, dark: false });
  readLink(plan);
  const { chosen, dark } = plan.state;
  await change(plan, { chosen, dark });
  if (chosen !== null) await zoomTo(plan, [plan.model.things[chosen]]);
}

// ---- events ----------------------------------------------------------------------------------------------------

function listen(plan) {
  listenControls(plan);
  listenPanels(plan);
  listenSearch(plan);
  listenSheet(plan);
  listenKeys(plan);
  window.addEventListener('hashchange', () => followLink(plan));
}

function listenControls(plan) {
  for (const key of ['metric', 'case', 'versus']) {
    byId(key).addEventListener('change', (event) => change(plan, { [key]: Number(event.target.value) }));
  }
  byId('case-back').addEventListener('click', () => stepCase(plan, -1));
  byId('case-on').addEventListener('click', () => stepCase(plan, 1));
  byId('fit').addEventListener('click', () => fit(plan));
  byId('turn').addEventListener('click', () => turn(plan));
  byId('print').addEventListener('click', () => window.print());
  window.addEventListener('beforeprint', () => holdForPrint(true));
  window.addEventListener('afterprint', () => holdForPrint(false));
  byId('dark').addEventListener('click', () => change(plan, { dark: !plan.state.dark }));
  byId('all-cases').addEventListener('change', (event) => { plan.state.allCases = event.target.checked; fillFindings(plan); });
  byId('layers').addEventListener('change', (event) => {
    const { layer } = event.target.dataset;
    if (event.target.checked) plan.state.hidden.delete(layer);
    else plan.state.hidden.add(layer);
    repaint(plan).then(() => drawInk(plan));
  });
}

/** Print what is on the screen: nothing is laid out anew for paper, so keep the size and shrink it as a picture. */
function holdForPrint(hold) {
  const sheet = byId('sheet');
  const { clientWidth, clientHeight } = sheet;
  sheet.style.cssText = hold
    ? `flex: none; width: ${clientWidth}px; height: ${clientHeight}px; zoom: ${Math.min(1, 1040 / clientWidth, 600 / clientHeight)}` : '';
}

function listenPanels(plan) {
  byId('findings').addEventListener('click', (event) => {
    const node = event.target.closest('[data-group]');
    if (node) openFinding(plan, node);
  });
  byId('worst').addEventListener('click', async (event) => {
    const node = event.target.closest('[data-case]');
    if (!node) return;
    await change(plan, { case: Number(node.dataset.case) });
    choose(plan, plan.model.things[Number(node.dataset.at)]);
  });
  byId('detail').addEventListener('click', (event) => {
    const node = event.target.closest('[data-go], [data-row], [data-metric], [data-copy]');
    if (!node) return;
    if (node.dataset.go) zoomTo(plan, [plan.model.things[Number(node.dataset.go)]]);
    else if (node.dataset.row) zoomTo(plan, plan.model.things[Number(node.dataset.row)].line.boxes);
    else if (node.dataset.metric) change(plan, { metric: Number(node.dataset.metric) });
    else navigator.clipboard?.writeText(node.dataset.copy).then(() => { node.textContent = 'copied'; }, () => {});
  });
}

/** Show a finding where it is, in its own case, coloured by the quantity it is about. */
async function openFinding(plan, node) {
  const [group, member] = [Number(node.dataset.group), Number(node.dataset.member ?? 0)];
  const members = plan.groups[group];
  const finding = members[member];
  const patch = {};
  const metric = metricOf(plan.model, finding);
  if (finding.caseAt >= 0 && finding.caseAt !== plan.state.case) patch.case = finding.caseAt;
  if (metric >= 0 && metric !== plan.state.metric) patch.metric = metric;
  if (Object.keys(patch).length > 0) await change(plan, patch);
  const things = members.map((each) => each.thing).filter(Boolean);
  choose(plan, finding.thing, things.slice(0, 2000));
  const whole = node.dataset.member === undefined;
  if (whole) openGroup(plan, group);
  const current = document.querySelector(`#findings [data-group="${group}"]${whole ? '' : `[data-member="${member}"]`}`);
  markCurrent(current);
  current?.focus();
  if (things.length > 0) await zoomTo(plan, whole && things.length <= SEVERAL ? things : finding.thing ? [finding.thing] : things);
}

function listenSearch(plan) {
  const search = byId('search');
  const take = (thing) => {
    if (!thing) return;
    byId('matches').hidden = true;
    search.setAttribute('aria-expanded', 'false');
    search.blur();
    choose(plan, thing);
    zoomTo(plan, [thing]);
  };
  search.addEventListener('input', () => fillMatches(plan, search.value));
  search.addEventListener('focus', () => { search.select(); if (search.value) fillMatches(plan, search.value); });
  search.addEventListener('blur', () => setTimeout(() => { byId('matches').hidden = true; }, 150));
  search.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') moveMatch(plan, 1);
    else if (event.key === 'ArrowUp') moveMatch(plan, -1);
    else if (event.key === 'Enter') take(plan.matches[plan.match]);
    else if (event.key === 'Escape') search.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  byId('matches').addEventListener('mousedown', (event) => {
    const node = event.target.closest('[data-at]');
    event.preventDefault();
    if (node) take(plan.model.things[Number(node.dataset.at)]);
  });
}

function sheetPoint(plan, event) {
  const frame = plan.host.getBoundingClientRect();
  return [event.clientX - frame.left, event.clientY - frame.top];
}

function listenSheet(plan) {
  const { host } = plan;
  const redraw = () => {
    plan.frame ??= requestAnimationFrame(() => { plan.frame = null; drawInk(plan); });
  };
  for (const event of ['plotly_relayouting', 'plotly_relayout', 'plotly_afterplot']) host.on(event, redraw);
  let pressed = null;
  host.addEventListener('pointerdown', (event) => { pressed = [event.clientX, event.clientY]; byId('tip').hidden = true; }, true);
  window.addEventListener('pointerup', (event) => {
    const still = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) < 4;
    pressed = null;
    if (still) choose(plan, thingAt(plan, ...sheetPoint(plan, event)));
  }, true);
  host.addEventListener('mousemove', (event) => { if (!pressed) hover(plan, event); });
  host.addEventListener('mouseleave', () => { byId('tip').hidden = true; });
  host.addEventListener('wheel', () => { byId('tip').hidden = true; }, { passive: true });
  host.addEventListener('dblclick', () => fit(plan));
  new ResizeObserver(() => resize(plan)).observe(byId('sheet'));
}

function hover(plan, event) {
  const [x, y] = sheetPoint(plan, event);
  const thing = thingAt(plan, x, y);
  const tip = byId('tip');
  tip.hidden = thing === null || isRoom(thing.kind);
  if (tip.hidden) return;
  if (plan.hovered !== thing || plan.hoveredIn !== plan.scale) fillTip(plan, thing);
  [plan.hovered, plan.hoveredIn] = [thing, plan.scale];
  const { clientWidth, clientHeight } = plan.host;
  tip.style.left = `${Math.max(4, x + 16 + tip.offsetWidth > clientWidth ? x - tip.offsetWidth - 12 : x + 16)}px`;
  tip.style.top = `${Math.max(4, Math.min(y + 14, clientHeight - tip.offsetHeight - 6))}px`;
}

/** Keep the middle and the scale of what is seen. */
function resize(plan) {
  clearTimeout(plan.sizeTimer);
  plan.sizeTimer = setTimeout(async () => {
    const { host } = plan;
    const { width, height } = host._fullLayout;
    if (width === host.clientWidth && height === host.clientHeight) return;
    const { world } = lens(plan);
    await Plotly.relayout(host, { width: host.clientWidth, height: host.clientHeight });
    await goTo(plan, world, 1);
    drawInk(plan);
  }, 60);
}

function listenKeys(plan) {
  const actions = {
    '/': () => byId('search').focus(), f: () => fit(plan), r: () => turn(plan), d: () => byId('dark').click(),
    '[': () => stepCase(plan, -1), ']': () => stepCase(plan, 1), m: () => stepMetric(plan, 1), M: () => stepMetric(plan, -1),
    Escape: () => escape(plan), ArrowDown: () => walkFindings(1), ArrowUp: () => walkFindings(-1),
  };
  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    const typing = target.closest('input[type="search"]') || (target.closest('select') && !'[]/'.includes(key));
    const action = Object.hasOwn(actions, key) ? actions[key] : null;
    if (!action || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
}

/** The first Escape lets go of what is chosen, the next shows the whole site. */
function escape(plan) {
  byId('tip').hidden = true;
  if (plan.state.chosen === null && plan.highlighted.length === 0) {
    fit(plan);
    return;
  }
  markCurrent(null);
  choose(plan, null);
}

function walkFindings(step) {
  const nodes = [...document.querySelectorAll('#findings [data-group]')];
  if (nodes.length === 0) return;
  const at = nodes.findIndex((node) => node.getAttribute('aria-current') === 'true');
  const next = at < 0 ? (step > 0 ? 0 : nodes.length - 1) : Math.min(nodes.length - 1, Math.max(0, at + step));
  nodes[next].scrollIntoView({ block: 'nearest' });
  nodes[next].click();
}

start().catch((trouble) => { tell(trouble.message); throw trouble; });
