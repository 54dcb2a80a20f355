// Lines and marks of the article's figures.
import { color } from './plot.js';

export const line = (x, y, name, shade, more = {}) => ({ x, y, name, mode: 'lines', line: { color: color(shade), width: 1.6, ...more.line }, ...more.trace });

export const dashed = { line: { dash: 'dash' } };
export const dotted = { line: { dash: 'dot', width: 2 } };

export const gradientFlow = (x, y, more = {}) => line(x, y, 'gradient flow', 'flow', more);

/** Dots, a step each. */
export const stepsOf = (x, y, name, shade) => line(x, y, name, shade, { trace: { mode: 'lines+markers', marker: { size: 6 } } });

/** Where a path begins and where it is last seen. */
export function ends(x, y) {
  let last = x.length - 1;
  while (last > 0 && !(Number.isFinite(x[last]) && Number.isFinite(y[last]))) {
    last--;
  }
  const mark = (at, name, symbol) => ({ x: [x[at]], y: [y[at]], name, mode: 'markers', hovertemplate: `${name}: %{x}, %{y}<extra></extra>`,
    marker: { symbol, size: 11, color: color('card'), line: { color: color('ink'), width: 2 } } });
  return [mark(0, 'start', 'circle'), mark(last, 'end', 'square')];
}

/** An entry of the legend for a tint. */
export const legendOnly = (name, shade) => ({ x: [null], y: [null], name, mode: 'markers', hoverinfo: 'skip',
  marker: { symbol: 'square', size: 12, color: color(shade), opacity: 0.3 } });

/** One line for all level sets: a gap wherever the next one begins. */
export function levelSets({ columns: { level, x, y } }, shade) {
  const [u, v, names] = [[], [], []];
  for (let i = 0; i < level.length; i++) {
    if (i > 0 && level[i] !== level[i - 1]) {
      u.push(null); v.push(null); names.push('');
    }
    u.push(x[i]); v.push(y[i]); names.push(level[i]);
  }
  return { ...line(u, v, 'level sets', shade, { line: { width: 1.3 } }), customdata: names, hovertemplate: 'loss %{customdata}<extra></extra>' };
}
