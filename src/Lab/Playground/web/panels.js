// What each figure of the article looks like: from the server's tables to plotly's traces. One function per figure and plot.
import { color, decades, steps as stepAxis } from './plot.js';

const axis = (text, more = {}) => ({ title: { text, standoff: 6 }, ...more });
const log = (text, low, high, more = {}) => axis(text, { type: 'log', range: [low, high], ...decades(low, high), ...more });
const line = (x, y, name, shade, more = {}) => ({ x, y, name, mode: 'lines', line: { color: color(shade), width: 1.6, ...more.line }, ...more.trace });
const dashed = { line: { dash: 'dash' } };
const plane = reach => ({
  xaxis: axis('x₁', { range: [-reach, reach], constrain: 'domain' }),
  yaxis: axis('x₂', { range: [-reach, reach], scaleanchor: 'x', constrain: 'domain' }),
  hovermode: 'closest',
});

function parabola({ data }) {
  const { x, loss } = data.columns;
  return { traces: [line(x, loss, 'f(x)', 'mode-0', { line: { width: 2.5 } })],
    layout: { xaxis: axis('x', { range: [-3, 3] }), yaxis: axis('loss f(x)', { range: [0, 14] }), showlegend: false } };
}

const steps = (x, y, name, shade) => line(x, y, name, shade, { trace: { mode: 'lines+markers', marker: { size: 6 } } });

function iterates({ data, curve }) {
  const high = Math.max(5, 1.15 * curve.columns.loss[0]);
  return {
    traces: [line(curve.columns.x, curve.columns.loss, 'f(x)', 'frame', { trace: { hoverinfo: 'skip' } }),
      { ...steps(data.columns.x, data.columns.loss, 'iterates', 'mode-0'), customdata: data.columns.step,
        hovertemplate: 'step %{customdata}: x = %{x}, loss %{y}<extra></extra>' }],
    layout: { xaxis: axis('x', { range: [-3, 3] }), yaxis: axis('loss', { range: [-0.03 * high, high] }), hovermode: 'closest' },
  };
}

const lossPerStep = (low, high) => ({ data }) => ({
  traces: [steps(data.columns.step, data.columns.loss, 'loss', 'loss')],
  layout: { xaxis: axis('step', { ...stepAxis, range: [-0.3, data.rows - 0.7] }), yaxis: log('loss', low, high), showlegend: false },
});

// One line for all level sets: a gap wherever the next one begins.
function levelSets({ columns: { level, x, y } }, shade) {
  const [u, v, names] = [[], [], []];
  for (let i = 0; i < level.length; i++) {
    if (i > 0 && level[i] !== level[i - 1]) {
      u.push(null); v.push(null); names.push('');
    }
    u.push(x[i]); v.push(y[i]); names.push(level[i]);
  }
  return { ...line(u, v, 'level sets', shade, { line: { width: 1.3 } }), customdata: names, hovertemplate: 'loss %{customdata}<extra></extra>' };
}

const ellipses = ({ data, first_axis: first, second_axis: second }) => ({
  traces: [levelSets(data, 'mode-0'), line(first.columns.x, first.columns.y, 'axis of λ₁', 'spike', dashed),
    line(second.columns.x, second.columns.y, 'axis of λ₂', 'mode-2', dashed)],
  layout: plane(3.5),
});

const descent = ({ data: { columns }, levels, flow }) => ({
  traces: [
    levelSets(levels, 'mode-0'), line(flow.columns.x_1, flow.columns.x_2, 'gradient flow', 'frame', { line: { width: 3 } }),
    { ...steps(columns.x_1, columns.x_2, 'gradient descent', 'spike'), customdata: columns.step,
      hovertemplate: 'step %{customdata}<br>x₁ %{x}, x₂ %{y}<extra></extra>' },
  ],
  layout: plane(3.5),
});

// plotly's lines have one colour each: the path is cut into pieces, dark at the start and light at the end.
const plasma = ['#0d0887', '#41049d', '#6a00a8', '#8f0da4', '#b12a90', '#cc4778', '#e16462', '#f2844b', '#fca636', '#fcce25'];

// Where the sharpness is the threshold: it grows with α, and so passes it at most once for each C of the map.
function edgeOf({ c, alpha, sharpness }, cells, threshold) {
  const [x, y] = [[], []];
  for (let column = 0; column < cells; column++) {
    for (let i = column; i + cells < sharpness.length; i += cells) {
      const [below, above] = [sharpness[i] - threshold, sharpness[i + cells] - threshold];
      if (below * above < 0) {
        x.push(c[i]);
        y.push(alpha[i] + (alpha[i + cells] - alpha[i]) * below / (below - above));
      }
    }
  }
  return { x, y };
}

let map = null;
function landscape({ data: { rows, columns: { c, alpha, step, learning_rate: rate } } }, backdrop) {
  const cells = Math.round(Math.sqrt(backdrop.data.rows));
  const at = backdrop.data.columns;
  map ??= {
    type: 'contour', x: at.c.slice(0, cells), y: Float64Array.from({ length: cells }, (_, row) => at.alpha[row * cells]),
    z: Array.from({ length: cells }, (_, row) => at.log10_loss.subarray(row * cells, (row + 1) * cells)),
    zmin: -6, zmax: -4, colorscale: [[0, '#161616'], [1, '#f2f2f2']], contours: { start: -6, end: -4, size: 0.125 }, line: { width: 0 },
    colorbar: { title: { text: 'log₁₀ loss' }, thickness: 12, len: 0.95, outlinewidth: 0 },
      hovertemplate: 'C %{x:.4f}, α %{y:.4f}<br>log₁₀ loss %{z:.3f}<extra></extra>',
  };
  const threshold = 2 / rate[0], points = edgeOf(at, cells, threshold);
  const edge = line(points.x, points.y, `S = 2/η = ${threshold.toPrecision(3)}${points.x.length > 0 ? '' : ', nowhere in this picture'}`, 'edge',
    { line: { width: 3 }, trace: { hovertemplate: 'S = 2/η at C %{x:.4f}, α %{y:.4f}<extra></extra>', showlegend: true } });
  const pieces = plasma.map((shade, i) => {
    const [from, to] = [i, i + 1].map(k => Math.floor(k * (rows - 1) / plasma.length));
    return {
      x: c.subarray(from, to + 1), y: alpha.subarray(from, to + 1), customdata: step.subarray(from, to + 1), mode: 'lines', line: { color: shade, width: 1.8 },
      showlegend: false, hovertemplate: 'step %{customdata}<br>C %{x}<br>α %{y}<extra></extra>',
    };
  });
  return {
    traces: [map, ...pieces, edge],
    layout: { xaxis: axis('C', { range: [-0.03, 0.07] }), yaxis: axis('α', { range: [-1, -0.4] }), hovermode: 'closest', showlegend: true },
  };
}

const stacked = (last, upper, lower) => ({
  xaxis: axis('step', { ...stepAxis, range: [0, last], anchor: 'y2' }), yaxis: { ...upper, domain: [0.54, 1] }, yaxis2: { ...lower, domain: [0, 0.46] },
  hoversubplots: 'axis', legend: { orientation: 'h', x: 0, y: 1.0, yanchor: 'bottom' },
});
const below = { trace: { yaxis: 'y2' } };
const threshold = ({ columns: { step, threshold: t } }, trace) =>
  ({ x: [step[0], step[step.length - 1]], y: [t[0], t[0]], name: '2/η', mode: 'lines', line: { color: color('threshold'), width: 1.4, dash: 'dash' },
    ...trace });

// The line 2/η of a small η lies far above the sharpness: then it is left out of the picture rather than flattening the curve.
const sharpnessRange = ({ columns: { sharpness, threshold: t } }) => {
  const highest = sharpness.reduce((most, s) => Math.max(most, s), 0);
  return [0, 1.05 * Math.max(Math.min(highest, 0.1), t[0] < 0.1 ? t[0] : 0)];
};

function spikes({ data, spikes: { rows, columns: of } }) {
  const { step, loss, mean_loss: mean, sharpness, lambda_2: second } = data.columns;
  const last = data.rows - 1;
  const shapes = Array.from({ length: rows }, (_, i) => ({
    type: 'rect', xref: 'x', yref: 'paper', x0: of.onset_step[i], x1: Number.isFinite(of.end_step[i]) ? of.end_step[i] : last, y0: 0, y1: 1,
      fillcolor: color('spike'), opacity: 0.16, line: { width: 0 }, layer: 'below',
  }));
  return {
    traces: [line(step, loss, 'loss', 'loss', { line: { width: 1.2 } }), line(step, mean, 'mean', 'spike'), line(step, sharpness, 'S = λ₁', 'mode-0', below),
      line(step, second, 'λ₂', 'mode-1', below), threshold(data, below.trace)],
    layout: { ...stacked(last, log('loss', -7, -2), axis('sharpness', { range: sharpnessRange(data) })), shapes },
  };
}

function components({ data }) {
  const { step, sharpness, gradient_dot_v1: first, gradient_dot_v2: second } = data.columns;
  return {
    traces: [line(step, sharpness, 'S', 'mode-0'), threshold(data), line(step, first, 'g·v₁', 'mode-0', { trace: { yaxis: 'y2' }, line: { width: 1 } }),
      line(step, second, 'g·v₂', 'mode-1', below)],
    layout: stacked(data.rows - 1, axis('sharpness', { range: sharpnessRange(data) }), axis('gradient', { tickformat: '.0e' })),
  };
}

/** The plots of each figure: a name and a function of the tables and the backdrop. */
export const panels = {
  1: [{ name: 'loss over x', picture: parabola }],
  2: [{ name: 'iterates on the parabola', picture: iterates }, { name: 'loss per step', picture: lossPerStep(-8, 3) }],
  3: [{ name: 'level sets and principal axes', picture: ellipses, tall: true }],
  4: [{ name: 'path over the level sets', picture: descent }, { name: 'loss per step', picture: lossPerStep(-6, 4) }],
  5: [{ name: 'path over the loss', picture: landscape, tall: true, backdrop: true }],
  6: [{ name: 'loss and sharpness per step', picture: spikes, tall: true }],
  7: [{ name: 'sharpness and gradient components per step', picture: components, tall: true }],
};
