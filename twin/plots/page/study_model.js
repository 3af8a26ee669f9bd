// What is shown: filters, order, chosen variants. No drawing here.

const model = { data: null, filters: [], kept: [], sort: null, down: false, chosen: -1, other: -1, shown: 100 };

function passesFilter(column, value, text) {
  const wanted = text.trim();
  if (!wanted) return true;
  if (column.words.length) return column.words[value].toLowerCase().includes(wanted.toLowerCase());
  if (value === null) return false;
  const range = wanted.match(/^(-?[\d.eE+-]+)\s*\.\.\s*(-?[\d.eE+-]+)$/);
  if (range) return value >= Number(range[1]) && value <= Number(range[2]);
  const side = wanted.match(/^([<>]=?|=)\s*(-?[\d.eE+-]+)$/);
  if (!side) return true;
  const limit = Number(side[2]);
  return { '<': value < limit, '<=': value <= limit, '>': value > limit, '>=': value >= limit, '=': value === limit }[side[1]];
}

/** Keep the variants that meet every filter, in the order asked for. */
function keep() {
  const { columns, passes } = model.data;
  const active = columns.map((column, k) => [column, model.filters[k] || '']).filter(([, text]) => text.trim());
  const verdict = model.verdict || 'all';
  model.kept = [];
  for (let v = 0; v < passes.length; v += 1) {
    if (verdict === 'pass' && !passes[v]) continue;
    if (verdict === 'fail' && passes[v]) continue;
    if (active.every(([column, text]) => passesFilter(column, column.values[v], text))) model.kept.push(v);
  }
  if (model.sort !== null) {
    const own = columns[model.sort].values;
    const sign = model.down ? -1 : 1;
    model.kept.sort((a, b) => {
      if (own[a] === null || own[b] === null) return (own[a] === null) - (own[b] === null);
      return sign * (own[a] - own[b]) || a - b;
    });
  }
}

function shownValue(column, value) {
  if (value === null) return '–';
  if (column.words.length) return column.words[value];
  return String(Number(value.toPrecision(5)));
}

function heading(column) {
  return column.unit ? `${column.name} [${column.unit}]` : column.name;
}

function extent(column, which) {
  let low = Infinity, high = -Infinity;
  for (const v of which) {
    const value = column.values[v];
    if (value !== null) { low = Math.min(low, value); high = Math.max(high, value); }
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}
