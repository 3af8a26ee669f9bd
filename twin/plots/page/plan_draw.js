// Line work over the heatmap: walls, routes, outlines, labels. Drawn on one canvas at every frame of a drag,
// because thousands of SVG paths do not keep up; what is too small to read at the present scale is left out.

const FONT = 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
const MOST_ROUTES = 2500;
const MOST_LABELS = 700;
// Below this many pixels per metre lines of fixed width would drown the racks: only mains and broken limits stay.
const ROUTES_FROM = 10;
const MAIN_M = 0.2;

function inkColours(state) {
  return state.dark
    ? { text: '#e7ebef', quiet: '#9ba7b4', wall: '#c5ced8', ground: '#12161b', faint: '#2c353f', chosen: '#ff5fae' }
    : { text: '#1a2027', quiet: '#5b6672', wall: '#2b343d', ground: '#ffffff', faint: '#d9dfe5', chosen: '#d6006c' };
}

function drawInk(plan) {
  const { host } = plan;
  if (!host._fullLayout) return;
  const [width, height] = [host.clientWidth, host.clientHeight];
  const eye = lens(plan);
  const sheet = { plan, eye, ink: inkColours(plan.state), taken: [], width, height };
  sheet.pen = freshPen(byId('ground'), width, height);
  drawGridLines(sheet);
  sheet.pen = freshPen(byId('ink'), width, height);
  sheet.pen.save();
  sheet.pen.beginPath();
  sheet.pen.rect(eye.frame.left, eye.frame.top, eye.frame.right - eye.frame.left, eye.frame.bottom - eye.frame.top);
  sheet.pen.clip();
  drawWorld(sheet);
  sheet.pen.restore();
  drawGutters(sheet);
  drawScaleAndNorth(sheet);
  plan.drawn = { perMetre: eye.perMetre, labels: sheet.taken.length, routes: plan.drawnRoutes.size };
}

function freshPen(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

function drawWorld(sheet) {
  const { plan, eye } = sheet;
  const visible = plan.model.boxes.filter((box) => inView(box, eye.world) && !plan.state.hidden.has(layerOf(box)));
  drawLoose(sheet);
  drawRooms(sheet, visible);
  drawRoutes(sheet);
  drawOutlines(sheet, visible);
  drawOutOfService(sheet);
  drawMarks(sheet);
  drawSelection(sheet);
  if (!plan.state.hidden.has('labels')) drawLabels(sheet, visible);
}

// ---- footprints ------------------------------------------------------------------------------------------------

function tracePath(sheet, box) {
  const { pen, eye } = sheet;
  if (box.straight) {
    pen.rect(eye.x(box.left), eye.y(box.top), (box.right - box.left) * eye.perMetre, (box.top - box.bottom) * eye.perMetre);
    return;
  }
  box.corners.forEach(([x, y], k) => (k === 0 ? pen.moveTo(eye.x(x), eye.y(y)) : pen.lineTo(eye.x(x), eye.y(y))));
  pen.closePath();
}

function fillOf(plan, thing) {
  const value = plan.scale ? plan.scale.values[thing.at] : NaN;
  if (!Number.isNaN(value)) return colourAt(plan.scale, plan.state, plan.scale.position(value));
  return kindColours(thing.kind, plan.state).fill;
}

/** Boxes that stand askew are on no grid of edges. */
function drawLoose(sheet) {
  const { plan, pen, eye } = sheet;
  for (const box of plan.grid.loose) {
    if (!inView(box, eye.world) || plan.state.hidden.has(layerOf(box))) continue;
    pen.fillStyle = fillOf(plan, box);
    pen.beginPath();
    tracePath(sheet, box);
    pen.fill();
  }
}

function drawRooms(sheet, visible) {
  const { pen, ink, eye } = sheet;
  pen.strokeStyle = ink.wall;
  pen.lineWidth = Math.max(1.5, Math.min(5, 0.15 * eye.perMetre));
  pen.beginPath();
  for (const box of visible) if (isRoom(box.kind)) tracePath(sheet, box);
  pen.stroke();
}

function smallSide(box, eye) {
  return Math.min(box.width, box.depth) * eye.perMetre;
}

/** Equipment gets its outline as soon as it has one to see; racks get joints of ground colour between them. */
function drawOutlines(sheet, visible) {
  const { plan, pen, eye, ink } = sheet;
  const byKind = new Map();
  for (const box of visible) {
    if (isGround(box.kind) || smallSide(box, eye) < 5) continue;
    (byKind.get(box.kind) ?? byKind.set(box.kind, []).get(box.kind)).push(box);
  }
  for (const [kind, boxes] of byKind) {
    const joint = isRack(kind) && smallSide(boxes[0], eye) < 60;
    pen.strokeStyle = joint ? ink.ground : kindColours(kind, plan.state).line;
    pen.lineWidth = joint ? Math.min(1.5, 0.03 * eye.perMetre + 0.5) : eye.perMetre > 12 ? 1.3 : 0.8;
    pen.beginPath();
    for (const box of boxes) tracePath(sheet, box);
    pen.stroke();
  }
}

// ---- routes ----------------------------------------------------------------------------------------------------

function routePixels(route, eye) {
  return Math.max(route.right - route.left, route.top - route.bottom) * eye.perMetre;
}

function drawRoutes(sheet) {
  const { plan, eye } = sheet;
  const hasValue = (route) => plan.scale !== null && !Number.isNaN(plan.scale.values[route.at]);
  const broken = (route) => plan.state.versus < 0 && hasValue(route) && isBroken(plan.scale.metric, plan.scale.values[route.at]);
  const main = (route) => /pipe|duct/.test(route.kind) && route.size >= MAIN_M;
  let routes = plan.model.routes.filter((route) => route.view.length > 1 && inView(route, eye.world)
    && !plan.state.hidden.has(layerOf(route))
    && (eye.perMetre >= ROUTES_FROM || main(route) || broken(route))
    && routePixels(route, eye) >= (hasValue(route) ? 8 : eye.perMetre < 10 ? 90 : 14));
  if (routes.length > MOST_ROUTES) {
    routes = routes.sort((a, b) => routePixels(b, eye) - routePixels(a, eye)).slice(0, MOST_ROUTES);
  }
  plan.drawnRoutes = new Set(routes);
  for (const route of routes) drawRoute(sheet, route, hasValue(route));
  sheet.pen.setLineDash([]);
}

function drawRoute(sheet, route, hasValue) {
  const { plan, pen, eye, ink } = sheet;
  const style = routeStyle(route.kind, plan.state);
  const trueWidth = route.size * eye.perMetre;
  const thin = eye.perMetre < ROUTES_FROM ? 1.5 : hasValue ? 3 : 1.8;
  const width = hasValue ? Math.min(14, Math.max(thin, trueWidth)) : thin;
  const line = (colour, thickness, dash) => {
    pen.strokeStyle = colour;
    pen.lineWidth = thickness;
    pen.setLineDash(dash);
    pen.beginPath();
    route.view.forEach(([x, y], k) => (k === 0 ? pen.moveTo(eye.x(x), eye.y(y)) : pen.lineTo(eye.x(x), eye.y(y))));
    pen.stroke();
  };
  if (hasValue) {
    line(ink.wall, width + 1.6, []);
    line(fillOf(plan, route), width, []);
  } else {
    // A pipe wider than its line shows its true width as a pale band.
    pen.globalAlpha = 0.22;
    if (trueWidth > width + 1) line(style.colour, trueWidth, []);
    pen.globalAlpha = 1;
    // Cables run above everything: what stands below them stays readable.
    if (route.kind === 'cable') pen.globalAlpha = 0.55;
    line(style.colour, width, eye.perMetre < ROUTES_FROM ? [] : style.dash);
    pen.globalAlpha = 1;
  }
  if (eye.perMetre >= 20 && /pipe|duct/.test(route.kind)) drawArrows(sheet, route, 4, style.colour);
}

/** One arrow head in the middle of every long stretch, along the flow. */
function drawArrows(sheet, route, width, colour) {
  const { pen, eye, ink } = sheet;
  const size = Math.max(5, width * 1.3);
  pen.setLineDash([]);
  for (let k = 1; k < route.view.length; k += 1) {
    const [ax, ay] = [eye.x(route.view[k - 1][0]), eye.y(route.view[k - 1][1])];
    const [bx, by] = [eye.x(route.view[k][0]), eye.y(route.view[k][1])];
    const length = Math.hypot(bx - ax, by - ay);
    if (length < 60) continue;
    const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
    const [mx, my] = [(ax + bx) / 2, (ay + by) / 2];
    pen.beginPath();
    pen.moveTo(mx + ux * size, my + uy * size);
    pen.lineTo(mx - ux * size * 0.7 - uy * size * 0.8, my - uy * size * 0.7 + ux * size * 0.8);
    pen.lineTo(mx - ux * size * 0.7 + uy * size * 0.8, my - uy * size * 0.7 - ux * size * 0.8);
    pen.closePath();
    pen.fillStyle = colour;
    pen.strokeStyle = ink.ground;
    pen.lineWidth = 1;
    pen.fill();
    pen.stroke();
  }
}

// ---- labels: only what is in view, only where it fits -----------------------------------------------------------

function drawLabels(sheet, visible) {
  const { pen, eye } = sheet;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  let count = 0;
  for (const box of visible) {
    if (isRoom(box.kind) || count >= MOST_LABELS) continue;
    if (box.kind.startsWith('aisle')) count += labelAisle(sheet, box);
    else if (smallSide(box, eye) >= 13) count += isRack(box.kind) ? labelRack(sheet, box) : labelBox(sheet, box);
  }
  labelRoutes(sheet);
  labelRows(sheet);
  labelRooms(sheet, visible);
}

function write(sheet, text, x, y, { size = 11, bold = false, colour = sheet.ink.text, turned = false, halo = false, plate = false } = {}) {
  const { pen } = sheet;
  pen.save();
  pen.translate(x, y);
  if (turned) pen.rotate(-Math.PI / 2);
  pen.font = `${bold ? '600 ' : ''}${size}px ${FONT}`;
  if (plate) {
    const wide = pen.measureText(text).width + 6;
    pen.fillStyle = sheet.ink.ground;
    pen.fillRect(-wide / 2, -size * 0.6, wide, size * 1.2);
  }
  if (halo) {
    pen.lineJoin = 'round';
    pen.lineWidth = 3.5;
    pen.strokeStyle = sheet.ink.ground;
    pen.strokeText(text, 0, 0);
  }
  pen.fillStyle = colour;
  pen.fillText(text, 0, 0);
  pen.restore();
}

function widthOf(sheet, text, size, bold) {
  sheet.pen.font = `${bold ? '600 ' : ''}${size}px ${FONT}`;
  return sheet.pen.measureText(text).width;
}

/** The name, or a shorter one, whichever fits; nothing when none does. */
function fitting(sheet, name, size, room, bold, shorter = [lastPart(name)]) {
  return [name, ...shorter].find((text) => text && text.length < 60 && widthOf(sheet, text, size, bold) <= room) ?? '';
}

function lastPart(name) {
  return name.split(/[-_ /.]/).pop();
}

const SHORT_KINDS = {
  cdu: 'CDU', fan_wall: 'FW', crah: 'CRAH', crac: 'CRAC', dry_cooler: 'DC', chiller: 'CH', cooling_tower: 'CT', ups: 'UPS',
  transformer: 'TX', switchboard: 'SB', generator: 'G', pump: 'P', battery: 'BAT',
};

/** Short names of equipment keep their kind, so that CDU 1 and rack 1 stay apart. */
function shortNames(box) {
  const kind = Object.hasOwn(SHORT_KINDS, box.kind) ? SHORT_KINDS[box.kind] : words(box.kind);
  const number = /(\d+)$/.exec(box.name);
  return number ? [`${kind} ${Number(number[1])}`, kind] : [kind];
}

function labelRack(sheet, box) {
  const { plan, eye } = sheet;
  const [wide, tall] = [(box.right - box.left) * eye.perMetre, (box.top - box.bottom) * eye.perMetre];
  if (wide < 17 || tall < 15) return 0;
  const colour = textOn(fillOf(plan, box));
  const size = Math.min(13, Math.max(9, wide / 4.2));
  const [x, y] = [eye.x(box.cx), eye.y(box.cy)];
  const value = plan.scale ? plan.scale.values[box.at] : NaN;
  const number = plan.scale === null ? '' : plan.state.versus >= 0 && value > 0 ? `+${showShort(value)}` : showShort(value);
  const both = tall > size * 2.6 && wide >= 26;
  const name = fitting(sheet, box.name, size, wide - 3, true);
  if (!name) return 0;
  sheet.taken.push(box);
  const needed = widthOf(sheet, name, size, true) + widthOf(sheet, number, size, false) + 9;
  if (!both && wide >= needed && number) {
    const slack = (wide - needed) / 3 + 3;
    write(sheet, name, eye.x(box.left) + slack + widthOf(sheet, name, size, true) / 2, y, { size, bold: true, colour });
    write(sheet, number, eye.x(box.right) - slack - widthOf(sheet, number, size, false) / 2, y, { size, colour });
    return 1;
  }
  write(sheet, name, x, both ? y - size * 0.62 : y, { size, bold: true, colour });
  if (both && widthOf(sheet, number, size, false) <= wide - 2) write(sheet, number, x, y + size * 0.62, { size, colour });
  return 1;
}

function labelBox(sheet, box) {
  const { plan, eye } = sheet;
  const [wide, tall] = [(box.right - box.left) * eye.perMetre, (box.top - box.bottom) * eye.perMetre];
  const turned = tall > wide * 1.3;
  const [long, short] = turned ? [tall, wide] : [wide, tall];
  const size = Math.min(12, Math.max(9, short / 3));
  const name = fitting(sheet, box.name, size, long - 4, true, shortNames(box));
  if (!name) return 0;
  const value = plan.scale ? plan.scale.values[box.at] : NaN;
  const fill = fillOf(plan, box);
  const colour = Number.isNaN(value) ? kindColours(box.kind, plan.state).line : textOn(fill);
  const [x, y] = [eye.x(box.cx), eye.y(box.cy)];
  sheet.taken.push(box);
  if (Number.isNaN(value) || short < size * 2.5) {
    const halo = plan.model.cases[plan.state.case].out.includes(box.at);
    write(sheet, name, x, y, { size, bold: true, colour, turned, halo });
    return 1;
  }
  const step = size * 0.62;
  const number = plan.state.versus >= 0 && value > 0 ? `+${showShort(value)}` : showShort(value);
  write(sheet, name, turned ? x - step : x, turned ? y : y - step, { size, bold: true, colour, turned });
  write(sheet, number, turned ? x + step : x, turned ? y : y + step, { size, colour, turned });
  return 1;
}

function labelAisle(sheet, box) {
  const { plan, eye } = sheet;
  const seen = {
    left: Math.max(box.left, eye.world.left), right: Math.min(box.right, eye.world.right),
    bottom: Math.max(box.bottom, eye.world.bottom), top: Math.min(box.top, eye.world.top),
  };
  const [wide, tall] = [(seen.right - seen.left) * eye.perMetre, (seen.top - seen.bottom) * eye.perMetre];
  const turned = tall > wide;
  const text = words(box.kind.replace(/^aisle_(\w+)$/, '$1_aisle')).toUpperCase();
  if (Math.min(wide, tall) < 14 || Math.max(wide, tall) < widthOf(sheet, text, 10, true) + 12) return 0;
  const colour = kindColours(box.kind, plan.state).line;
  write(sheet, text, eye.x((seen.left + seen.right) / 2), eye.y((seen.bottom + seen.top) / 2), { size: 10, bold: true, colour, turned, halo: true });
  return 1;
}

function labelRooms(sheet, visible) {
  const { eye, pen, ink, plan } = sheet;
  const many = visible.filter((box) => isRoom(box.kind)).length > 24;
  for (const box of visible) {
    const wide = (box.right - box.left) * eye.perMetre;
    const tall = (box.top - box.bottom) * eye.perMetre;
    if (box.left < eye.world.left || box.top > eye.world.top) continue;
    if (!isRoom(box.kind) || plan.hasInnerRooms.has(box) || tall < 34 || wide < (many ? 70 : 40)) continue;
    const name = fitting(sheet, box.name, 11, wide - 12, true);
    if (!name) continue;
    const x = eye.x(box.left) + 6 + widthOf(sheet, name, 11, true) / 2;
    const y = eye.y(box.top) + 11;
    const half = widthOf(sheet, name, 11, true) / 2 + 4;
    pen.globalAlpha = 0.93;
    pen.fillStyle = ink.ground;
    pen.fillRect(x - half, y - 8, half * 2, 16);
    pen.globalAlpha = 1;
    write(sheet, name, x, y, { size: 11, bold: true });
  }
}

/** Row names stand free of equipment: left of the first box that touches the row, found once per turn of the plan. */
function labelRows(sheet) {
  const { plan, eye, ink } = sheet;
  for (const line of plan.model.rowLines) {
    if (!line.named || !line.anchor || !inView(line.anchor, eye.world)) continue;
    if (line.anchor.thick * eye.perMetre < 11 || line.anchor.long * eye.perMetre < 60) continue;
    const free = line.anchor.free * eye.perMetre - 8;
    const text = fitting(sheet, line.name, 10, Math.min(90, line.anchor.upright ? line.anchor.thick * eye.perMetre + 20 : free), true);
    if (!text || free < 14) continue;
    const half = widthOf(sheet, text, 10, true) / 2 + 5;
    const [x, y] = [eye.x(line.anchor.left), eye.y(line.anchor.bottom)];
    if (line.anchor.upright) write(sheet, text, x, y + 9, { size: 10, bold: true, colour: ink.quiet, halo: true });
    else write(sheet, text, x - half, y, { size: 10, bold: true, colour: ink.quiet, halo: true });
  }
}

function labelRoutes(sheet) {
  const { plan, eye } = sheet;
  if (eye.perMetre < 40) return;
  for (const route of [...plan.drawnRoutes].slice(0, 120)) {
    const [from, to] = longestStretch(route).map((point) => intoView(point, eye.world));
    if (!from) continue;
    const pixels = Math.hypot(to[0] - from[0], to[1] - from[1]) * eye.perMetre;
    const size = route.size > 0 ? ` ${Math.round(route.size * 1000)} mm` : '';
    const text = `${route.name.slice(0, 40)}${size}`;
    if (pixels < widthOf(sheet, text, 9, false) * 2.2) continue;
    const turned = Math.abs(to[1] - from[1]) > Math.abs(to[0] - from[0]);
    const [x, y] = [eye.x(from[0] * 0.75 + to[0] * 0.25), eye.y(from[1] * 0.75 + to[1] * 0.25)];
    write(sheet, text, x, y, { size: 9, colour: routeStyle(route.kind, plan.state).colour, turned, plate: true });
  }
}

function intoView([x, y], world) {
  return [Math.min(world.right, Math.max(world.left, x)), Math.min(world.top, Math.max(world.bottom, y))];
}

function longestStretch(route) {
  let [most, found] = [0, []];
  for (let k = 1; k < route.view.length; k += 1) {
    const [from, to] = [route.view[k - 1], route.view[k]];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    if (length > most) [most, found] = [length, [from, to]];
  }
  return found;
}
