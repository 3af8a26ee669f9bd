// Marks over the line work: findings, what is out of service, the selection; grid bubbles, scale bar and north.

const MARK_CELL = 44;

/** One triangle per finding, or one with a number where they would pile up. */
function drawMarks(sheet) {
  const { plan, eye } = sheet;
  if (plan.state.hidden.has('marks')) return;
  const piles = new Map();
  for (const [thing, finding] of plan.marks) {
    if (finding.severity === 'note' || !inView(thing, eye.world)) continue;
    const [x, y] = markPlace(sheet, thing);
    const alone = !thing.isRoute && smallSide(thing, eye) >= 14;
    const key = alone ? thing.path : `${Math.floor(x / MARK_CELL)}|${Math.floor(y / MARK_CELL)}`;
    const pile = piles.get(key) ?? piles.set(key, { x, y, count: 0, finding }).get(key);
    pile.count += 1;
    if (rank(finding) < rank(pile.finding)) pile.finding = finding;
  }
  for (const pile of piles.values()) drawTriangle(sheet, pile);
}

function markPlace(sheet, thing) {
  const { eye } = sheet;
  if (thing.isRoute) {
    const [from, to] = longestStretch(thing);
    return from ? [eye.x((from[0] + to[0]) / 2), eye.y((from[1] + to[1]) / 2)] : [eye.x(thing.left), eye.y(thing.top)];
  }
  const [wide, tall] = [(thing.right - thing.left) * eye.perMetre, (thing.top - thing.bottom) * eye.perMetre];
  if (tall >= 34 && wide < 44) return [eye.x(thing.cx), eye.y(thing.top) + 8];
  if (wide >= 44 && tall >= 14) return [eye.x(thing.right) - 8, eye.y(thing.top) + 7];
  return [eye.x(thing.cx), smallSide(thing, eye) < 8 ? eye.y(thing.top) - 5 : eye.y(thing.cy)];
}

function drawTriangle(sheet, pile) {
  const { pen, ink, plan } = sheet;
  const size = pile.finding.severity === 'minor' ? 4.5 : 6;
  pen.beginPath();
  pen.moveTo(pile.x, pile.y - size);
  pen.lineTo(pile.x + size, pile.y + size * 0.75);
  pen.lineTo(pile.x - size, pile.y + size * 0.75);
  pen.closePath();
  pen.lineJoin = 'round';
  pen.lineWidth = 3;
  pen.strokeStyle = ink.ground;
  pen.stroke();
  pen.fillStyle = severityColour(pile.finding.severity, plan.state);
  pen.fill();
  if (pile.count > 1) {
    pen.textAlign = 'left';
    write(sheet, String(pile.count), pile.x + size + 2, pile.y, { size: 10, bold: true, halo: true });
    pen.textAlign = 'center';
  }
}

function severityColour(severity, state) {
  const colours = state.dark
    ? { critical: '#ff4d67', major: '#c04f00', minor: '#cdbb6a' }
    : { critical: '#a3102a', major: '#d65a00', minor: '#8a7a3a' };
  return colours[severity] ?? colours.minor;
}

function drawOutOfService(sheet) {
  const { plan, pen, eye, ink } = sheet;
  for (const at of plan.model.cases[plan.state.case].out) {
    const thing = plan.model.things[at];
    if (!inView(thing, eye.world)) continue;
    const [x, y] = thing.isRoute ? markPlace(sheet, thing) : [eye.x(thing.cx), eye.y(thing.cy)];
    const half = Math.max(6, thing.isRoute ? 7 : smallSide(thing, eye) * 0.5);
    for (const [colour, width] of [[ink.ground, 4.5], [ink.text, 2]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      pen.moveTo(x - half, y - half);
      pen.lineTo(x + half, y + half);
      pen.moveTo(x - half, y + half);
      pen.lineTo(x + half, y - half);
      pen.stroke();
    }
  }
}

function drawSelection(sheet) {
  const { plan, pen, ink, eye } = sheet;
  const strong = plan.state.chosen === null ? null : plan.model.things[plan.state.chosen];
  outlineGroup(sheet, plan.highlighted);
  if (!strong) return;
  outline(sheet, strong, 3, []);
  if (!strong.isRoute && smallSide(strong, eye) < 10) {
    pen.strokeStyle = ink.chosen;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(eye.x(strong.cx), eye.y(strong.cy), 13, 0, 2 * Math.PI);
    pen.stroke();
  }
}

/** One frame round the members of a group that stand in one row. */
function outlineGroup(sheet, things) {
  const { pen, ink, eye } = sheet;
  const parts = new Map();
  for (const thing of things) {
    const key = thing.line ?? thing;
    (parts.get(key) ?? parts.set(key, []).get(key)).push(thing);
  }
  pen.strokeStyle = ink.chosen;
  pen.lineWidth = 2;
  for (const members of parts.values()) {
    const { left, right, bottom, top } = boundsOfThings(members);
    pen.strokeRect(eye.x(left) - 2, eye.y(top) - 2, (right - left) * eye.perMetre + 4, (top - bottom) * eye.perMetre + 4);
  }
}

function outline(sheet, thing, width, dash) {
  const { pen, ink, eye } = sheet;
  pen.strokeStyle = ink.chosen;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.beginPath();
  if (thing.isRoute) {
    thing.view.forEach(([x, y], k) => (k === 0 ? pen.moveTo(eye.x(x), eye.y(y)) : pen.lineTo(eye.x(x), eye.y(y))));
  } else {
    tracePath(sheet, thing);
  }
  pen.stroke();
  pen.setLineDash([]);
}

// ---- drawing grid: its bubbles stay at the edge of the sheet ----------------------------------------------------

function gridStep(eye) {
  return [1, 2, 3, 6, 12, 24, 48, 96, 200, 500].find((step) => step * eye.perMetre >= 62) ?? 1000;
}

function gridLines(low, high, step) {
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, k) => (first + k) * step);
}

function drawGridLines(sheet) {
  const { plan, pen, eye, ink } = sheet;
  if (plan.state.hidden.has('grid')) return;
  const step = gridStep(eye);
  pen.strokeStyle = ink.faint;
  pen.lineWidth = 1;
  pen.setLineDash([1, 4]);
  pen.beginPath();
  for (const x of gridLines(eye.world.left, eye.world.right, step)) {
    pen.moveTo(Math.round(eye.x(x)) + 0.5, eye.frame.top);
    pen.lineTo(Math.round(eye.x(x)) + 0.5, eye.frame.bottom);
  }
  for (const y of gridLines(eye.world.bottom, eye.world.top, step)) {
    pen.moveTo(eye.frame.left, Math.round(eye.y(y)) + 0.5);
    pen.lineTo(eye.frame.right, Math.round(eye.y(y)) + 0.5);
  }
  pen.stroke();
  pen.setLineDash([]);
}

/** Bubbles carry the site coordinate in metres, so that a place can be read off and found on the stage. */
function drawGutters(sheet) {
  const { plan, eye } = sheet;
  if (plan.state.hidden.has('grid')) return;
  const step = gridStep(eye);
  const sign = plan.model.turned ? -1 : 1;
  write(sheet, 'm', MARGIN.l / 2, MARGIN.t / 2, { size: 10, colour: sheet.ink.quiet });
  sheet.pen.textAlign = 'center';
  sheet.pen.textBaseline = 'middle';
  for (const x of gridLines(eye.world.left, eye.world.right, step)) bubble(sheet, eye.x(x), MARGIN.t / 2, String(x));
  for (const y of gridLines(eye.world.bottom, eye.world.top, step)) {
    const [at, text] = [eye.y(y), String(sign * y || 0).replace('-', '−')];
    if (at > eye.frame.top + 8) bubble(sheet, MARGIN.l / 2, at, text);
  }
}

function bubble(sheet, x, y, text) {
  const { pen, ink, eye } = sheet;
  if (x > eye.frame.right || y > eye.frame.bottom) return;
  const wide = Math.max(20, widthOf(sheet, text, 10, true) + 9);
  pen.beginPath();
  pen.roundRect(x - wide / 2, y - 9, wide, 18, 9);
  pen.fillStyle = ink.ground;
  pen.fill();
  pen.strokeStyle = ink.quiet;
  pen.lineWidth = 1;
  pen.stroke();
  write(sheet, text.replace('-', '−'), x, y + 0.5, { size: 10, bold: true, colour: ink.quiet });
}

// ---- scale bar and north ----------------------------------------------------------------------------------------

function drawScaleAndNorth(sheet) {
  const { pen, ink, eye } = sheet;
  const metres = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500].find((length) => length * eye.perMetre >= 90) ?? 1000;
  const length = metres * eye.perMetre;
  const [right, bottom] = [eye.frame.right - 12, sheet.height - 8];
  const left = right - length;
  pen.fillStyle = ink.text;
  pen.strokeStyle = ink.text;
  pen.lineWidth = 1;
  pen.strokeRect(left + 0.5, bottom - 8.5, length, 6);
  pen.fillRect(left, bottom - 8, length / 2, 6);
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  write(sheet, '0', left, bottom - 17, { size: 10 });
  write(sheet, String(metres / 2), left + length / 2, bottom - 17, { size: 10 });
  write(sheet, `${metres} m`, right - 6, bottom - 17, { size: 10 });
  drawNorth(sheet, left - 36, bottom - 15);
  drawWhereabouts(sheet, bottom - 10);
}

/** The room in the middle of the view, for when its walls are out of sight. */
function drawWhereabouts(sheet, y) {
  const { plan, eye, pen } = sheet;
  const { left, right, bottom, top } = eye.world;
  const room = roomAt(plan.model, (left + right) / 2, (bottom + top) / 2);
  if (!room || (room.left >= left && room.top <= top)) return;
  pen.textAlign = 'left';
  write(sheet, fitting(sheet, room.name, 12, eye.frame.right - eye.frame.left - 320, true), eye.frame.left, y, { size: 12, bold: true });
}

function drawNorth(sheet, x, y) {
  const { pen, ink, plan } = sheet;
  const degrees = (plan.model.north ?? 0) + (plan.model.turned ? 90 : 0);
  const turn = degrees * Math.PI / 180;
  pen.save();
  pen.translate(x, y);
  pen.rotate(turn);
  pen.beginPath();
  pen.moveTo(0, -14);
  pen.lineTo(6, 9);
  pen.lineTo(0, 4.5);
  pen.closePath();
  pen.fillStyle = ink.text;
  pen.fill();
  pen.beginPath();
  pen.moveTo(0, -14);
  pen.lineTo(-6, 9);
  pen.lineTo(0, 4.5);
  pen.closePath();
  pen.strokeStyle = ink.text;
  pen.lineWidth = 1;
  pen.stroke();
  pen.restore();
  write(sheet, 'N', x + 20 * Math.sin(turn + 0.9), y - 15 * Math.cos(turn + 0.9) + 2, { size: 11, bold: true });
}
