// The view: footprints as one Plotly heatmap with non-uniform edges (true scale), pan, zoom, what is where.

const MARGIN = { l: 30, r: 10, t: 30, b: 44 };
// Beyond this a grid costs more than it saves (boxes on no common lines): they are then painted one by one.
const MOST_CELLS = 400000;

/** The common grid of all boxes parallel to the axes; each box covers a block of cells. */
function readGrid(model) {
  const boxes = model.boxes.filter((box) => box.straight && !isRoom(box.kind) && box.width > 0 && box.depth > 0);
  const x = edgesOf(boxes, 'left', 'right');
  const y = edgesOf(boxes, 'bottom', 'top');
  const fits = boxes.length > 0 && x.length * y.length <= MOST_CELLS;
  const grid = { x: fits ? x : [0, 1], y: fits ? y : [0, 1], blocks: [], loose: [] };
  grid.loose = model.boxes.filter((box) => !isRoom(box.kind) && !(fits && box.straight));
  if (!fits) return grid;
  const columnOf = new Map(x.map((edge, at) => [edge, at]));
  const rowOf = new Map(y.map((edge, at) => [edge, at]));
  grid.blocks = boxes.map((box) => ({
    box, left: columnOf.get(millimetre(box.left)), right: columnOf.get(millimetre(box.right)),
    bottom: rowOf.get(millimetre(box.bottom)), top: rowOf.get(millimetre(box.top)),
  }));
  // Small over large, so that a tile in an aisle stays visible.
  grid.blocks.sort((a, b) => area(b.box) - area(a.box));
  return grid;
}

function millimetre(length) {
  return Math.round(length * 1000) / 1000;
}

function edgesOf(boxes, low, high) {
  const edges = new Set();
  for (const box of boxes) edges.add(millimetre(box[low])).add(millimetre(box[high]));
  return [...edges].sort((a, b) => a - b);
}

function fillGrid(grid, valueOf) {
  const columns = grid.x.length - 1;
  const cells = Array.from({ length: grid.y.length - 1 }, () => new Array(columns).fill(null));
  for (const block of grid.blocks) {
    const value = valueOf(block.box);
    for (let row = block.bottom; row < block.top; row += 1) cells[row].fill(value, block.left, block.right);
  }
  return cells;
}

function layerOf(thing) {
  return thing.isRoute ? `route:${thing.kind}` : `box:${thing.kind}`;
}

// Values end just below the colours of kinds: the highest value is not the first kind.
const VALUES_END = 0.498;

/** One heatmap for all: the lower half of its colours is the scale of values, the upper half one colour per kind. */
function heat(plan) {
  const { grid, state, scale } = plan;
  const kinds = plan.model.heatKinds;
  const kindAt = new Map(kinds.map((kind, k) => [kind, 0.5 + (k + 0.5) / kinds.length / 2]));
  const depth = (box) => {
    if (state.hidden.has(layerOf(box))) return null;
    const value = scale ? scale.values[box.at] : NaN;
    return Number.isNaN(value) ? kindAt.get(box.kind) : scale.position(value) * VALUES_END;
  };
  const values = (scale ? stops(scale, state) : SCALES.light.plain).map(([t, colour]) => [t * VALUES_END, colour]);
  const last = values[values.length - 1][1];
  const steps = kinds.flatMap((kind, k) => [k, k + 1].map((edge) => [0.5 + edge / kinds.length / 2, kindColours(kind, state).fill]));
  const colorscale = steps.length > 0 ? [...values, [0.5, last], ...steps] : [...values, [1, last]];
  return { z: fillGrid(grid, depth), zmin: 0, zmax: 1, colorscale };
}

function layoutOf(range) {
  const ground = 'rgba(0,0,0,0)';
  const axis = { visible: false, showgrid: false, zeroline: false };
  return {
    margin: MARGIN, paper_bgcolor: ground, plot_bgcolor: ground, showlegend: false, dragmode: 'pan', hovermode: false,
    xaxis: { ...axis, range: range.x }, yaxis: { ...axis, range: range.y, scaleanchor: 'x', scaleratio: 1 },
  };
}

async function drawFigure(plan) {
  const trace = { type: 'heatmap', x: plan.grid.x, y: plan.grid.y, showscale: false, hoverinfo: 'skip', zsmooth: false, ...heat(plan) };
  const layout = layoutOf(rangeAround(plan, plan.model.extent, 1.04));
  await Plotly.react(plan.host, [trace], layout, { scrollZoom: true, displayModeBar: false, doubleClick: false, responsive: false });
}

/** Repaint the footprints, e.g. after another metric, case, theme or set of layers. */
function repaint(plan) {
  const { z, colorscale } = heat(plan);
  return Plotly.restyle(plan.host, { z: [z], colorscale: [colorscale] }, [0]);
}

// ---- ranges: always equal pixels per metre in x and y -----------------------------------------------------------

function canvasSize(plan) {
  const { clientWidth, clientHeight } = plan.host;
  return [Math.max(50, clientWidth - MARGIN.l - MARGIN.r), Math.max(50, clientHeight - MARGIN.t - MARGIN.b)];
}

function rangeAround(plan, bounds, slack) {
  const [width, height] = canvasSize(plan);
  const real = Number.isFinite(bounds.left) ? bounds : { left: 0, right: 10, bottom: 0, top: 10 };
  const metres = Math.max((real.right - real.left) / width, (real.top - real.bottom) / height, 0.001) * slack;
  const [x, y] = [(real.left + real.right) / 2, (real.bottom + real.top) / 2];
  return { x: [x - metres * width / 2, x + metres * width / 2], y: [y - metres * height / 2, y + metres * height / 2] };
}

function goTo(plan, bounds, slack) {
  const range = rangeAround(plan, bounds, slack);
  const { extent } = plan.model;
  range.x = keptInside(range.x, extent.left, extent.right);
  range.y = keptInside(range.y, extent.bottom, extent.top);
  return Plotly.relayout(plan.host, { 'xaxis.range': range.x, 'yaxis.range': range.y });
}

/** Shift a range that shows empty ground beyond the site while there is more of the site to show. */
function keptInside([low, high], first, last) {
  const rim = (high - low) * 0.04;
  if (!(high - low < last - first + 2 * rim)) return [low, high];
  const shift = Math.max(0, first - rim - low) - Math.max(0, high - last - rim);
  return [low + shift, high + shift];
}

function fit(plan) {
  return goTo(plan, plan.model.extent, 1.04);
}

/** Show a thing with what stands around it: at least 16 m. */
function zoomTo(plan, things) {
  const bounds = boundsOfThings(things.filter((thing) => Number.isFinite(thing.left)));
  if (!Number.isFinite(bounds.left)) return fit(plan);
  const grow = Math.max(2.5, (16 - (bounds.right - bounds.left)) / 2);
  return goTo(plan, { left: bounds.left - grow, right: bounds.right + grow, bottom: bounds.bottom - 2.5, top: bounds.top + 2.5 }, 1.02);
}

function betterTurned(plan) {
  const [width, height] = canvasSize(plan);
  const { left, right, bottom, top } = plan.model.extent;
  const scale = (w, h) => Math.min(width / w, height / h);
  return scale(top - bottom, right - left) > 1.25 * scale(right - left, top - bottom);
}

/** The map between metres and pixels of the sheet, as Plotly draws it now. */
function lens(plan) {
  const { xaxis, yaxis } = plan.host._fullLayout;
  const perMetre = xaxis._length / (xaxis.range[1] - xaxis.range[0]);
  const [left, bottom] = [xaxis._offset, yaxis._offset + yaxis._length];
  const [x0, y0] = [Number(xaxis.range[0]), Number(yaxis.range[0])];
  return {
    perMetre,
    x: (metres) => left + (metres - x0) * perMetre,
    y: (metres) => bottom - (metres - y0) * perMetre,
    metresX: (pixel) => x0 + (pixel - left) / perMetre,
    metresY: (pixel) => y0 + (bottom - pixel) / perMetre,
    frame: { left, top: yaxis._offset, right: left + xaxis._length, bottom },
    world: { left: x0, right: Number(xaxis.range[1]), bottom: y0, top: Number(yaxis.range[1]) },
  };
}

function inView(thing, world) {
  return thing.right >= world.left && thing.left <= world.right && thing.top >= world.bottom && thing.bottom <= world.top;
}

// ---- what is where ---------------------------------------------------------------------------------------------

/** The thing under a pixel: equipment before routes, routes before aisles and rooms, small before large. */
function thingAt(plan, pixelX, pixelY) {
  const eye = lens(plan);
  const { frame } = eye;
  if (pixelX < frame.left || pixelX > frame.right || pixelY < frame.top || pixelY > frame.bottom) return null;
  const [x, y] = [eye.metresX(pixelX), eye.metresY(pixelY)];
  let found = null;
  for (const box of plan.model.boxes) {
    if (!contains(box, x, y) || plan.state.hidden.has(layerOf(box))) continue;
    if (!found || hitOrder(box) < hitOrder(found)) found = box;
  }
  if (found && !isGround(found.kind)) return found;
  return routeAt(plan, x, y, 5 / eye.perMetre) ?? found;
}

function hitOrder(box) {
  return area(box) + (isGround(box.kind) ? 1e9 : 0);
}

function routeAt(plan, x, y, reach) {
  let [nearest, found] = [Infinity, null];
  for (const route of plan.model.routes) {
    const within = reach + route.size / 2;
    if (x < route.left - within || x > route.right + within || y < route.bottom - within || y > route.top + within) continue;
    if (plan.state.hidden.has(layerOf(route)) || !plan.drawnRoutes.has(route)) continue;
    for (let k = 1; k < route.view.length; k += 1) {
      const away = distance(x, y, route.view[k - 1], route.view[k]);
      if (away <= within && away < nearest) [nearest, found] = [away, route];
    }
  }
  return found;
}

function distance(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const share = length > 0 ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
  return Math.hypot(x - ax - share * dx, y - ay - share * dy);
}
