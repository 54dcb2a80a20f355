// Figure 5: a path over the loss of the power law, with the line on which the sharpness is the threshold.
import { axis } from './axes.js';
import { color } from './plot.js';
import { ends, gradientFlow, line } from './traces.js';

// plotly's lines have one colour each: the path is cut into pieces, dark at the start and light at the end.
const plasma = ['#0d0887', '#41049d', '#6a00a8', '#8f0da4', '#b12a90', '#cc4778', '#e16462', '#f2844b', '#fca636', '#fcce25'];

// The loss is the same wherever the sliders stand.
let map = null;
const mapOf = (at, cells) => map ??= {
  type: 'contour', x: at.c.slice(0, cells), y: Float64Array.from({ length: cells }, (_, row) => at.alpha[row * cells]),
  z: Array.from({ length: cells }, (_, row) => at.log10_loss.subarray(row * cells, (row + 1) * cells)),
  zmin: -6, zmax: -4, colorscale: [[0, '#161616'], [1, '#f2f2f2']], contours: { start: -6, end: -4, size: 0.125 }, line: { width: 0 },
  hovertemplate: 'C %{x:.4f}, α %{y:.4f}<br>log₁₀ loss %{z:.3f}<extra></extra>',
};

// On an edge, so that it is seen over dark and over light.
const flowOver = ({ c, alpha }) => [
  { x: c, y: alpha, mode: 'lines', line: { color: color('card'), width: 5 }, opacity: 0.7, hoverinfo: 'skip', showlegend: false },
  gradientFlow(c, alpha, { line: { width: 2.5, dash: 'dash' } }),
];

// Next to the map, or below it where there is no room.
const scale = narrow => ({ title: { text: 'log₁₀ loss' }, thickness: 12, outlinewidth: 0, len: 0.95, tickvals: [-6, -5.5, -5, -4.5, -4],
  ...(narrow && { orientation: 'h', y: -0.16, yanchor: 'top', title: { text: 'log₁₀ loss', side: 'top' } }) });

export function landscape({ data, flow: path, edge: { rows: points, columns: sharp } }, { backdrop, narrow, flow }) {
  const { rows, columns: { c, alpha, step, learning_rate: rate } } = data;
  const at = backdrop.data.columns, cells = Math.round(Math.sqrt(backdrop.data.rows));
  const threshold = (2 / rate[0]).toPrecision(3);

  // A line without a point would not be in the legend.
  const edge = line(points ? sharp.c : [null], points ? sharp.alpha : [null], `S = 2/η = ${threshold}${points ? '' : ', nowhere here'}`, 'edge',
    { line: { width: 3 }, trace: { hovertemplate: 'S = 2/η at C %{x:.4f}, α %{y:.4f}<extra></extra>', showlegend: true } });
  const pieces = plasma.map((shade, i) => {
    const [from, to] = [i, i + 1].map(k => Math.floor(k * (rows - 1) / plasma.length));
    return {
      x: c.subarray(from, to + 1), y: alpha.subarray(from, to + 1), customdata: step.subarray(from, to + 1), mode: 'lines', line: { color: shade, width: 1.8 },
      name: 'path, dark to light', showlegend: i === 4, hovertemplate: 'step %{customdata}<br>C %{x}<br>α %{y}<extra></extra>',
    };
  });
  return {
    traces: [{ ...mapOf(at, cells), colorbar: scale(narrow) }, ...flow ? flowOver(path.columns) : [],
      ...pieces, edge, ...ends(c, alpha)],
    layout: {
      xaxis: axis('C', { range: [-0.03, 0.07] }), yaxis: axis('α', { range: [-1, -0.4] }), hovermode: 'closest', showlegend: true, meta: { plane: true },
      ...(narrow && { margin: { l: 58, r: 8, t: 26, b: 100 } }),
    },
  };
}
