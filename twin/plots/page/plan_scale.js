// Colours: the limit-anchored scale, the difference scale, and the palette of kinds.
// On paper luminance falls all the way along the scale and drops at the limit; in the dark it rises: safe in grey.

const LIMIT_AT = 0.65;
const SCALES = {
  light: {
    limit: [[0, '#d5e6f4'], [0.3, '#9dc5e6'], [LIMIT_AT, '#3f88c5'], [LIMIT_AT, '#bf5000'], [0.82, '#8f3500'], [1, '#4a1700']],
    plain: [[0, '#d5e6f4'], [0.35, '#9dc5e6'], [0.7, '#4189c4'], [1, '#0f3f70']],
    difference: [[0, '#08427d'], [0.25, '#6fa6d6'], [0.5, '#e6e9ec'], [0.75, '#e08a3c'], [1, '#7a2600']],
  },
  dark: {
    limit: [[0, '#1b3450'], [0.3, '#285785'], [LIMIT_AT, '#4387c2'], [LIMIT_AT, '#ffa031'], [0.82, '#ffc76b'], [1, '#fff3d0']],
    plain: [[0, '#1b3450'], [0.35, '#2b5f92'], [0.7, '#559cd6'], [1, '#c4e2fa']],
    difference: [[0, '#8fd0ff'], [0.25, '#2f6ba3'], [0.5, '#333b44'], [0.75, '#b3641c'], [1, '#ffc76b']],
  },
};

const FAMILIES = {
  rack: { light: ['#ccd2d9', '#79838f'], dark: ['#464f59', '#8b96a2'] },
  liquid: { light: ['#a8dccb', '#00735a'], dark: ['#1d5b4b', '#5fd0b0'] },
  air: { light: ['#d3e6ea', '#2f7385'], dark: ['#23474f', '#7cc3d3'] },
  reject: { light: ['#dfe9c4', '#5d7a1c'], dark: ['#3d4a1e', '#b3d068'] },
  power: { light: ['#e5d8f0', '#74479b'], dark: ['#453157', '#c69ae8'] },
  hot: { light: ['#fbeee6', '#9c5a32'], dark: ['#2b211d', '#d39a75'] },
  cold: { light: ['#eff5f9', '#4a7893'], dark: ['#19232b', '#86b3cf'] },
  ground: { light: ['#f6f7f8', '#6b7683'], dark: ['#1d232a', '#8b96a2'] },
  other: { light: ['#e4e4e0', '#66665f'], dark: ['#3a3a36', '#b3b3aa'] },
};
const FAMILY_OF = {
  cdu: 'liquid', pump: 'liquid', manifold: 'liquid', tank: 'liquid', heat_exchanger: 'liquid',
  valve: 'liquid', picv: 'liquid', strainer: 'liquid', hose: 'liquid',
  fan_wall: 'air', crah: 'air', crac: 'air', tile: 'air', rear_door: 'air', air_handler: 'air',
  dry_cooler: 'reject', chiller: 'reject', cooling_tower: 'reject',
  ups: 'power', transformer: 'power', generator: 'power', switchboard: 'power', battery: 'power', pdu: 'power',
  rpp: 'power', rectifier: 'power', sidecar: 'power', breaker: 'power', power_shelf: 'power', utility: 'power', aisle: 'ground',
  aisle_hot: 'hot', aisle_cold: 'cold', column: 'other',
};
// Never told apart by colour alone: what runs beside each other differs in its dashes too.
const ROUTES = {
  pipe_supply: { light: '#00569c', dark: '#6db8f2', dash: [] },
  pipe_return: { light: '#b0242b', dark: '#ff8e86', dash: [7, 3] },
  busway_a: { light: '#a87400', dark: '#eebc45', dash: [] },
  busway_b: { light: '#7b2f93', dark: '#d59aea', dash: [4, 2.5] },
  cable: { light: '#4a5560', dark: '#a9b5c1', dash: [1.5, 2] },
  duct: { light: '#2f7385', dark: '#7cc3d3', dash: [10, 3] },
  tray: { light: '#77573f', dark: '#c9a283', dash: [2, 3] },
  other: { light: '#66665f', dark: '#b3b3aa', dash: [6, 3, 1, 3] },
};

function theme(state) {
  return state.dark ? 'dark' : 'light';
}

function kindColours(kind, state) {
  const family = isRack(kind) ? 'rack' : Object.hasOwn(FAMILY_OF, kind) ? FAMILY_OF[kind] : 'other';
  const [fill, line] = FAMILIES[family][theme(state)];
  return { fill, line };
}

function routeStyle(kind, state) {
  const style = Object.hasOwn(ROUTES, kind) ? ROUTES[kind] : ROUTES.other;
  return { colour: style[theme(state)], dash: style.dash };
}

/** What the plan shows now: a value per thing, how it maps to 0..1, and the ticks of its legend. */
function readScale(model, state) {
  const metric = model.metrics[state.metric];
  if (!metric) return null;
  const values = valuesOf(model, state.metric, state.case);
  if (state.versus < 0) return { metric, values, ...limitScale(metric, spanOf(model, metric)) };
  const base = valuesOf(model, state.metric, state.versus);
  const differences = values.map((value, at) => value - base[at]);
  return { metric, values: differences, ...differenceScale(metric, differences) };
}

function limitScale(metric, span) {
  if (metric.limit === null || !Number.isFinite(span.low)) return plainScale(metric, span);
  const sign = metric.side === 'min' ? -1 : 1;
  const limit = sign * metric.limit;
  const ends = [sign * span.firstLow, sign * span.firstHigh, sign * span.low, sign * span.high].filter(Number.isFinite);
  const worst = Math.max(...ends);
  let best = Math.min(...(Number.isFinite(span.firstLow) ? ends.slice(0, 2) : ends));
  if (!(best < limit)) best = limit - Math.max(worst - limit, Math.abs(limit) * 0.05, 1e-6);
  // A slight excess must stay orange: the dark end is for values far beyond the limit.
  const over = Math.min(Math.max(worst - limit, 0.65 * (limit - best)), 2 * (limit - best));
  const position = (value) => {
    const bad = sign * value;
    if (!(bad > limit)) return Math.max(0, (bad - best) / (limit - best)) * (LIMIT_AT - 1e-4);
    return Math.min(1, LIMIT_AT + 1e-4 + (bad - limit) / over * (1 - LIMIT_AT));
  };
  const at = (t) => sign * (t <= LIMIT_AT ? best + t / LIMIT_AT * (limit - best) : limit + (t - LIMIT_AT) / (1 - LIMIT_AT) * over);
  const ticks = [0, LIMIT_AT / 2, LIMIT_AT, (1 + LIMIT_AT) / 2, 1].map((t) => ({ t, value: at(t), limit: t === LIMIT_AT }));
  return { name: 'limit', position, ticks, reversed: sign < 0 };
}

function plainScale(metric, span) {
  let [low, high] = [span.low, span.high];
  if (!Number.isFinite(low)) [low, high] = [0, 1];
  if (high - low < 1e-9) [low, high] = [low - 1, high + 1];
  const position = (value) => Math.min(1, Math.max(0, (value - low) / (high - low)));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((t) => ({ t, value: low + t * (high - low) }));
  return { name: 'plain', position, ticks, reversed: false };
}

function differenceScale(metric, differences) {
  let most = 0;
  for (const value of differences) if (Math.abs(value) > most) most = Math.abs(value);
  most = roundUp(most) || 1;
  // Where a limit says which way is worse, worse is orange.
  const sign = metric.limit !== null && metric.side === 'min' ? -1 : 1;
  const position = (value) => 0.5 + 0.5 * sign * Math.max(-1, Math.min(1, value / most));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((t) => ({ t, value: sign * (2 * t - 1) * most }));
  return { name: 'difference', position, ticks, reversed: sign < 0 };
}

function roundUp(number) {
  if (!(number > 0)) return 0;
  const unit = 10 ** Math.floor(Math.log10(number));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * unit >= number * 0.999) * unit;
}

function stops(scale, state) {
  return SCALES[theme(state)][scale.name];
}

/** The colour at a position 0..1 of a scale, as Plotly mixes it in the heatmap. */
function colourAt(scale, state, t) {
  const list = stops(scale, state);
  let k = 1;
  while (k < list.length - 1 && list[k][0] < t) k += 1;
  const [[t0, from], [t1, to]] = [list[k - 1], list[k]];
  const share = t1 > t0 ? Math.min(1, Math.max(0, (t - t0) / (t1 - t0))) : 1;
  const mixed = rgb(from).map((part, i) => Math.round(part + (rgb(to)[i] - part) * share));
  return `rgb(${mixed.join(',')})`;
}

const rgbOf = new Map();

function rgb(hex) {
  if (!rgbOf.has(hex)) rgbOf.set(hex, [1, 3, 5].map((from) => parseInt(hex.slice(from, from + 2), 16)));
  return rgbOf.get(hex);
}

/** Black or white, whichever can be read on the colour. */
function textOn(colour) {
  const parts = colour.startsWith('#') ? rgb(colour) : colour.slice(4, -1).split(',').map(Number);
  const [r, g, b] = parts.map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.2 ? '#10151a' : '#ffffff';
}

function isBroken(metric, value) {
  return metric.limit !== null && marginOf(metric, value) < 0;
}

const formats = new Map();

function show(value, decimals) {
  if (!Number.isFinite(value)) return 'n/a';
  if (!formats.has(decimals)) {
    formats.set(decimals, new Intl.NumberFormat('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
  }
  return formats.get(decimals).format(value).replace('-', '−');
}

function showSigned(value, decimals) {
  return value > 0 ? `+${show(value, decimals)}` : show(value, decimals);
}

const tickFormat = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

function showTick(value) {
  return tickFormat.format(value + 0).replace('-', '−');
}

/** A number short enough for a cell of the plan: three digits. */
function showShort(value) {
  if (!Number.isFinite(value)) return 'n/a';
  const size = Math.abs(value);
  return show(value, size >= 100 ? 0 : size >= 10 ? 1 : size === 0 ? 0 : 2);
}
