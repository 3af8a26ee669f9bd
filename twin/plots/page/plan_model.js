// The model: geometry in metres, values decoded on demand, findings in groups. Knows nothing of the screen.

const SEVERITIES = ['critical', 'major', 'minor', 'note'];

function isRack(kind) {
  return kind === 'rack' || kind.endsWith('_rack');
}

/** What equipment stands in: drawn as walls, never filled. */
function isRoom(kind) {
  return kind === 'room' || kind === 'site' || kind === 'building';
}

function isGround(kind) {
  return isRoom(kind) || kind.startsWith('aisle');
}

function words(kind) {
  const text = kind.replace(/_/g, ' ');
  return /^(cdu|crah|crac|ups|pdu|rpp)\b/.test(text) ? text.replace(/^\w+/, (head) => head.toUpperCase()) : text;
}

function leaf(path) {
  return path.slice(path.lastIndexOf('/') + 1);
}

function readBoxes(columns) {
  return columns.path.map((path, at) => ({
    at, path, name: columns.name[at] || leaf(path), kind: columns.kinds[columns.kind[at]],
    row: columns.rows[columns.row[at]], where: columns.where[at],
    x: columns.x[at], y: columns.y[at], width: columns.width[at], depth: columns.depth[at], angle: columns.angle[at],
  }));
}

function readRoutes(columns, firstAt) {
  let start = 0;
  return columns.path.map((path, k) => {
    const end = start + columns.points[k];
    const route = {
      at: firstAt + k, path, name: columns.name[k] || leaf(path), kind: columns.kinds[columns.kind[k]], isRoute: true,
      where: columns.where[k], size: columns.size[k], x: columns.x.slice(start, end), y: columns.y.slice(start, end),
    };
    start = end;
    return route;
  });
}

function readModel(payload) {
  const boxes = readBoxes(payload.boxes);
  const routes = readRoutes(payload.routes, boxes.length);
  const things = boxes.concat(routes);
  const model = {
    ...payload, boxes, routes, things, turned: false,
    rooms: boxes.filter((box) => isRoom(box.kind)),
    byPath: new Map(things.map((thing) => [thing.path, thing])),
    decoded: new Map(), worstOf: new Map(),
  };
  for (const finding of model.findings) {
    if (!SEVERITIES.includes(finding.severity)) finding.severity = 'note';
    finding.thing = nearestThing(model, finding.prim);
    finding.caseAt = model.cases.findIndex((entry) => entry.name === finding.case);
  }
  model.rowLines = readRowLines(boxes);
  place(model, false);
  return model;
}

/** A finding may name a port or a parameter below what is drawn: take the nearest ancestor on the plan. */
function nearestThing(model, prim) {
  for (let path = prim.split('.')[0]; path; path = path.slice(0, path.lastIndexOf('/'))) {
    const thing = model.byPath.get(path);
    if (thing) return thing;
    if (!path.includes('/')) break;
  }
  return null;
}

// ---- geometry: from site metres to view metres, in which the plan may be turned by a quarter --------------------

function place(model, turned) {
  model.turned = turned;
  const view = turned ? (x, y) => [y, -x] : (x, y) => [x, y];
  for (const box of model.boxes) placeBox(box, view, turned);
  for (const route of model.routes) {
    route.view = route.x.map((x, k) => view(x, route.y[k]));
    Object.assign(route, boundsOf(route.view));
  }
  model.extent = boundsOf(model.things.filter((thing) => Number.isFinite(thing.left))
    .flatMap((thing) => [[thing.left, thing.bottom], [thing.right, thing.top]]));
}

function placeBox(box, view, turned) {
  [box.cx, box.cy] = view(box.x, box.y);
  const angle = box.angle - (turned ? 90 : 0);
  const quarters = Math.round(angle / 90);
  box.straight = Math.abs(angle - quarters * 90) < 0.01;
  const turn = box.straight ? quarters * Math.PI / 2 : angle * Math.PI / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  box.corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([sx, sy]) => {
    const [px, py] = [sx * box.width / 2, sy * box.depth / 2];
    return [box.cx + px * cos - py * sin, box.cy + px * sin + py * cos];
  });
  Object.assign(box, boundsOf(box.corners));
  box.turn = turn;
}

function boundsOf(points) {
  const bounds = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (const [x, y] of points) {
    if (x < bounds.left) bounds.left = x;
    if (x > bounds.right) bounds.right = x;
    if (y < bounds.bottom) bounds.bottom = y;
    if (y > bounds.top) bounds.top = y;
  }
  return bounds;
}

function boundsOfThings(things) {
  return boundsOf(things.flatMap((thing) => [[thing.left, thing.bottom], [thing.right, thing.top]]));
}

function contains(box, x, y) {
  if (x < box.left || x > box.right || y < box.bottom || y > box.top) return false;
  if (box.straight) return true;
  const [dx, dy] = [x - box.cx, y - box.cy];
  const [cos, sin] = [Math.cos(box.turn), Math.sin(box.turn)];
  return Math.abs(dx * cos + dy * sin) <= box.width / 2 && Math.abs(dy * cos - dx * sin) <= box.depth / 2;
}

function area(box) {
  return box.width * box.depth;
}

function roomOf(model, thing) {
  const [x, y] = thing.isRoute ? thing.view[0] ?? [NaN, NaN] : [thing.cx, thing.cy];
  return roomAt(model, x, y, thing);
}

/** The smallest room at a place, other than the thing itself. */
function roomAt(model, x, y, itself = null) {
  const rooms = model.rooms.filter((room) => room !== itself && contains(room, x, y));
  return rooms.sort((a, b) => area(a) - area(b))[0] ?? null;
}

// ---- rows ------------------------------------------------------------------------------------------------------

/** Racks of one row that stand in one line: a prim may hold several lines. */
function readRowLines(boxes) {
  const lines = new Map();
  for (const box of boxes) {
    if (!isRack(box.kind)) continue;
    const upright = Math.round(box.angle / 90) % 2 === 1;
    const along = upright ? box.x : box.y;
    const key = `${box.row}|${upright}|${Math.round(along / 0.4)}`;
    const line = lines.get(key) ?? lines.set(key, { key: box.row, upright, boxes: [] }).get(key);
    line.boxes.push(box);
    box.line = line;
  }
  for (const line of lines.values()) {
    line.boxes.sort((a, b) => (line.upright ? a.y - b.y : a.x - b.x));
    line.name = leaf(line.key);
    line.named = !line.key.startsWith('/') || /row/i.test(line.name);
  }
  return [...lines.values()];
}

/** What stands beside a box: its line of racks, or the equipment of its kind under the same prim. */
function neighbours(model, box) {
  if (box.line) return box.line.boxes;
  const parent = box.path.slice(0, box.path.lastIndexOf('/'));
  return model.things.filter((other) => other.kind === box.kind
    && other.path.slice(0, other.path.lastIndexOf('/')) === parent);
}

// ---- values ----------------------------------------------------------------------------------------------------

/** Values of a metric in a case, one per thing, NaN where it does not apply. */
function valuesOf(model, metricAt, caseAt) {
  const key = metricAt * 100000 + caseAt;
  let values = model.decoded.get(key);
  if (!values) {
    values = decode(model, model.metrics[metricAt], caseAt);
    if (model.decoded.size > 60) model.decoded.clear();
    model.decoded.set(key, values);
  }
  return values;
}

function decode(model, metric, caseAt) {
  const steps = metric.first.slice();
  if (caseAt > 0) {
    let place = 0;
    const change = metric.changes[caseAt - 1];
    change.gaps.forEach((gap, k) => { place += gap; steps[place] = change.values[k]; });
  }
  const values = new Float64Array(model.things.length).fill(NaN);
  const scale = 10 ** metric.decimals;
  metric.things.forEach((at, k) => { if (steps[k] !== null) values[at] = steps[k] / scale; });
  return values;
}

/** Margin to the limit: negative when the limit is broken, NaN without a limit. */
function marginOf(metric, value) {
  if (metric.limit === null) return NaN;
  return metric.side === 'min' ? value - metric.limit : metric.limit - value;
}

/** Smallest and largest value of a metric over every case, and of normal operation alone. */
function spanOf(model, metric) {
  if (metric.span) return metric.span;
  const scale = 10 ** metric.decimals;
  const span = { low: Infinity, high: -Infinity, firstLow: Infinity, firstHigh: -Infinity };
  for (const step of metric.first) {
    if (step === null) continue;
    span.firstLow = Math.min(span.firstLow, step / scale);
    span.firstHigh = Math.max(span.firstHigh, step / scale);
  }
  [span.low, span.high] = [span.firstLow, span.firstHigh];
  for (const change of metric.changes) {
    for (const step of change.values) {
      if (step === null) continue;
      span.low = Math.min(span.low, step / scale);
      span.high = Math.max(span.high, step / scale);
    }
  }
  metric.span = span;
  return span;
}

/** The worst value of a metric in every case, and where; worst is nearest to or farthest over its limit. */
function worstByCase(model, metricAt) {
  if (model.worstOf.has(metricAt)) return model.worstOf.get(metricAt);
  const metric = model.metrics[metricAt];
  const sign = metric.side === 'min' ? -1 : 1;
  const worst = model.cases.map((entry, caseAt) => {
    const values = decode(model, metric, caseAt);
    let found = -1;
    for (const at of metric.things) {
      if (!Number.isNaN(values[at]) && (found < 0 || sign * values[at] > sign * values[found])) found = at;
    }
    return { caseAt, at: found, value: found < 0 ? NaN : values[found] };
  });
  model.worstOf.set(metricAt, worst);
  return worst;
}

// ---- findings --------------------------------------------------------------------------------------------------

function appliesTo(finding, caseAt) {
  return finding.case === '' || finding.caseAt === caseAt;
}

/** Findings of one cause and rule as one group, worst group first. */
function groupFindings(model, caseAt, allCases) {
  const groups = new Map();
  for (const finding of model.findings) {
    if (!allCases && !appliesTo(finding, caseAt)) continue;
    const key = JSON.stringify([finding.rule || finding.title, finding.cause, finding.cause_prim, finding.case]);
    (groups.get(key) ?? groups.set(key, []).get(key)).push(finding);
  }
  const sorted = [...groups.values()].map((members) => members.sort(bySeverity));
  return sorted.sort((a, b) => bySeverity(a[0], b[0]) || b.length - a.length);
}

function bySeverity(a, b) {
  return rank(a) - rank(b) || (a.margin ?? 0) - (b.margin ?? 0);
}

function rank(finding) {
  const at = SEVERITIES.indexOf(finding.severity);
  return at < 0 ? SEVERITIES.length : at;
}

/** The metric a finding speaks of: same place, same unit, same limit, same value. */
function metricOf(model, finding) {
  if (!finding.thing || finding.value === null) return -1;
  const caseAt = Math.max(0, finding.caseAt);
  return model.metrics.findIndex((metric, at) => {
    const value = metric.unit === finding.unit && metric.limit === finding.limit
      ? valuesOf(model, at, caseAt)[finding.thing.at] : NaN;
    return Math.abs(value - finding.value) <= 10 ** -metric.decimals;
  });
}

function countFindings(model, caseAt) {
  const counts = {};
  for (const finding of model.findings) {
    if (caseAt === null || appliesTo(finding, caseAt)) counts[finding.severity] = (counts[finding.severity] ?? 0) + 1;
  }
  return SEVERITIES.filter((severity) => counts[severity]).map((severity) => `${counts[severity]} ${severity}`);
}

/** The worst finding of every thing in a case. */
function marksOf(model, caseAt) {
  const marks = new Map();
  for (const finding of model.findings) {
    if (!finding.thing || !appliesTo(finding, caseAt)) continue;
    const mark = marks.get(finding.thing);
    if (!mark || rank(finding) < rank(mark)) marks.set(finding.thing, finding);
  }
  return marks;
}

function searchThings(model, text, most) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const scored = [];
  for (const thing of model.things) {
    const name = thing.name.toLowerCase();
    const score = name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(wanted) ? 2
      : thing.path.toLowerCase().includes(wanted) ? 3 : 9;
    if (score < 9) scored.push([score, thing]);
  }
  return scored.sort((a, b) => a[0] - b[0] || a[1].at - b[1].at).slice(0, most).map(([, thing]) => thing);
}

function findThing(model, text) {
  return model.byPath.get(text) ?? model.things.find((thing) => thing.name === text) ?? null;
}
