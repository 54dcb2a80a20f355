// What each figure of the article looks like: from the lab's tables to plotly's traces. A function makes a plot of the tables and the
// view: { backdrop, narrow, flow, time }.
import { dashed, dotted, ends, gradientFlow, legendOnly, levelSets, line, stepsOf } from './traces.js';
import { axis, log, plane, stacked, timeAxis } from './axes.js';
import { landscape } from './landscape.js';
import { color } from './plot.js';

/** What a reader may choose to see. */
export const views = {
  flow: { label: 'gradient flow', on: true },
  time: { label: 'axis η·step, the time of gradient flow', on: false },
};

const parabola = ({ data: { columns: { x, loss } } }) => ({
  traces: [line(x, loss, 'f(x)', 'mode-0', { line: { width: 2.5 } })],
  layout: { xaxis: axis('x', { range: [-3, 3] }), yaxis: axis('loss f(x)', { range: [0, 14] }), showlegend: false },
});

function iterates({ data: { columns: { step, x, loss } }, curve: valley }) {
  const high = Math.max(5, 1.15 * valley.columns.loss[0]);
  return {
    traces: [line(valley.columns.x, valley.columns.loss, 'f(x)', 'frame', { trace: { hoverinfo: 'skip' } }),
      { ...stepsOf(x, loss, 'gradient descent', 'mode-0'), customdata: step, hovertemplate: 'step %{customdata}: x = %{x}, loss %{y}<extra></extra>' },
      ...ends(x, loss)],
    layout: { xaxis: axis('x', { range: [-3, 3] }), yaxis: axis('loss', { range: [-0.03 * high, high] }), hovermode: 'closest' },
  };
}

// The loss of gradient descent per step, and that of gradient flow at the same times.
const lossPerStep = (low, high, flowOf) => (tables, { flow, time }) => {
  const { step, loss, learning_rate: rate } = tables.data.columns, scale = time ? rate[0] : 1, drawn = flowOf(tables);
  return {
    traces: [stepsOf(step.map(t => scale * t), loss, 'gradient descent', 'loss'),
      ...flow ? [gradientFlow(drawn.step.map(t => scale * t), drawn.loss, dotted)] : []],
    layout: { xaxis: timeAxis(time, scale, [-0.3, step.length - 0.7]), yaxis: log('loss', low, high) },
  };
};

const ellipses = ({ data, first_axis: first, second_axis: second }) => ({
  traces: [levelSets(data, 'mode-0'), line(first.columns.x, first.columns.y, 'axis of λ₁', 'spike', dashed),
    line(second.columns.x, second.columns.y, 'axis of λ₂', 'mode-2', dashed)],
  layout: plane(3.5),
});

const descent = ({ data: { columns: { step, x_1: x, x_2: y } }, levels, flow: path }, { flow }) => ({
  traces: [
    levelSets(levels, 'frame'), ...flow ? [gradientFlow(path.columns.x_1, path.columns.x_2, { line: { width: 3 } })] : [],
    { ...stepsOf(x, y, 'gradient descent', 'spike'), customdata: step, hovertemplate: 'step %{customdata}<br>x₁ %{x}, x₂ %{y}<extra></extra>' },
    ...ends(x, y),
  ],
  layout: plane(3.5),
});

const below = { trace: { yaxis: 'y2' } };
const threshold = ({ columns: { step, threshold: t } }, scale, trace) => ({
  x: [scale * step[0], scale * step[step.length - 1]], y: [t[0], t[0]], name: '2/η', mode: 'lines',
  line: { color: color('threshold'), width: 1.4, dash: 'dash' }, ...trace });

// The line 2/η of a small η lies far above the sharpness: then it is left out of the picture rather than flattening the curve.
const sharpnessRange = ({ columns: { sharpness, threshold: t } }) => {
  const highest = sharpness.reduce((most, s) => Math.max(most, s), 0);
  return [0, 1.05 * Math.max(Math.min(highest, 0.1), t[0] < 0.1 ? t[0] : 0)];
};

function spikes({ data, flow: path, spikes: { rows, columns: of } }, { flow, time }) {
  const { step, loss, mean_loss: mean, sharpness, lambda_2: second, learning_rate: rate } = data.columns;
  const scale = time ? rate[0] : 1, last = data.rows - 1, at = step.map(t => scale * t), flowAt = path.columns.step.map(t => scale * t);
  const shapes = Array.from({ length: rows }, (_, i) => ({
    type: 'rect', xref: 'x', yref: 'paper', x0: scale * of.onset_step[i], x1: scale * (Number.isFinite(of.end_step[i]) ? of.end_step[i] : last), y0: 0, y1: 1,
    fillcolor: color('spike'), opacity: 0.16, line: { width: 0 }, layer: 'below',
  }));
  return {
    traces: [
      line(at, loss, 'loss', 'loss', { line: { width: 1.2 } }), line(at, mean, 'mean of the loss', 'mode-2'),
      line(at, sharpness, 'S = λ₁', 'mode-0', below), line(at, second, 'λ₂', 'mode-1', below), threshold(data, scale, below.trace),
      ...flow ? [gradientFlow(flowAt, path.columns.loss, dotted),
        gradientFlow(flowAt, path.columns.sharpness, { ...dotted, trace: { yaxis: 'y2', showlegend: false } })] : [],
      legendOnly('spike (tinted)', 'spike'),
    ],
    layout: { ...stacked(timeAxis(time, scale, [0, last]), log('loss', -7, -2), axis('sharpness', { range: sharpnessRange(data) })), shapes },
  };
}

function components({ data, flow: path }, { flow, time }) {
  const { step, sharpness, gradient_dot_v1: first, gradient_dot_v2: second, learning_rate: rate } = data.columns;
  const scale = time ? rate[0] : 1, at = step.map(t => scale * t);
  return {
    traces: [line(at, sharpness, 'S', 'mode-0'), threshold(data, scale),
      ...flow ? [gradientFlow(path.columns.step.map(t => scale * t), path.columns.sharpness, dotted)] : [],
      line(at, first, 'g·v₁, dominant', 'mode-0', { trace: { yaxis: 'y2' }, line: { width: 1 } }), line(at, second, 'g·v₂, non-dominant', 'mode-1', below)],
    layout: stacked(timeAxis(time, scale, [0, data.rows - 1]), axis('sharpness', { range: sharpnessRange(data) }), axis('gradient')),
  };
}

/** The figures: their plots, of how many panels each is (1 unless said), where a start is dragged, and what a reader may choose to see. */
export const figures = {
  1: { plots: [{ picture: parabola }], views: [] },
  2: {
    plots: [{ picture: iterates, start: { sliders: ['x0'], height: inputs => x => Number(inputs.sharpness.value) * x * x / 2 } },
      { picture: lossPerStep(-8, 3, tables => tables.flow.columns) }],
    views: ['flow', 'time'],
  },
  3: { plots: [{ picture: ellipses, tall: true }], views: [] },
  4: {
    plots: [{ picture: descent, tall: true, start: { sliders: ['x1', 'x2'] } },
      { picture: lossPerStep(-6, 4, ({ data: { columns: { step, flow_loss: loss } } }) => ({ step, loss })), tall: true }],
    views: ['flow', 'time'],
  },
  5: { plots: [{ picture: landscape, tall: true, start: { sliders: ['c', 'alpha'] } }], views: ['flow'], backdrop: true },
  6: { plots: [{ picture: spikes, tall: true, panels: 2 }], views: ['flow', 'time'] },
  7: { plots: [{ picture: components, tall: true, panels: 2 }], views: ['flow', 'time'] },
};
