// What the page of live training draws of the runs that are shown: loss, S/T, the gradient's components and x, step by step.
import { color } from '../plot.js';
import { colours, ofRun } from './colours.js';
import { changes, spikes } from './runs.js';
import { pending } from './forecast.js';
import { Panel } from './panel.js';
import { batchLoss, components, displacement, lastOrdinary, loss, predictedLoss, ratios, rest, rowsOf, thinned } from './series.js';

const MostSpans = 200, MostNamed = 6, Margin = 0.02;
const subscript = ['₁', '₂', '₃'];
const dashes = ['solid', 'dash', 'dot'];

// closer(run, steps) gives the run with all the rows of a range, where it has them.
export function picture(runs, range, width, chosen, closer) {
  const shown = runs.filter(r => r.rows > 0);
  if (shown.length === 0) {
    return empty();
  }
  const ahead = shown.map(r => pending(r, 'crossing')?.record.latest ?? 0).filter(step => step < 1e6);
  const ends = shown.map(r => r.columns.step.at(-1));
  const begin = Math.min(...shown.map(r => r.columns.step[0])), end = Math.max(10, ...ends, ...ahead);
  const steps = range ?? [begin, end + Margin * (end - begin)];
  const panels = newPanels();
  for (const run of shown) {
    drawRun(range ? closer(run, steps) : run, lastOrdinary(run), shown.length === 1, steps, width, panels);
  }
  panels[1].include(1);
  return {
    traces: [...nothing(4), ...panels.flatMap(p => p.traces), ...shown.flatMap(forecastTraces)],
    panels: panels.map(p => p.description()),
    annotations: [...panels.map(p => p.legend(shown.length === 1)).filter(a => a), ...changeNames(shown, steps)],
    shapes: [edge(), ...spans(shown, steps, chosen), ...shown.flatMap(forecastShapes), ...shown.map(changeLines).filter(l => l.path)],
    steps,
    marks: { step: Math.max(...ends), runs: shown.length, from: steps[0], to: steps[1],
      changes: shown.flatMap(changes).length, points: Math.max(...panels[0].traces.map(t => t.x.length)) },
  };
}

const newPanels = () => [new Panel('y', 'loss', 'log'), new Panel('y2', 'S/T'), new Panel('y3', 'g·v'), new Panel('y4', 'x = v₁·g/S')];

const empty = () => ({ traces: nothing(4), panels: newPanels().map(p => p.description()), shapes: [edge()], steps: [0, 100], marks: { step: -1, runs: 0 } });

// A run has the colour of its card, alone or with others; what else is drawn of it is dashed, and grey where it stands alone.
function drawRun(run, end, alone, steps, width, panels) {
  const { ink, grey } = colours(), own = ofRun(run.id);
  const rows = rowsOf(run.columns.step, ...steps), name = run.run.name, settled = 0.02 * run.columns.step.at(-1);
  const draw = (panel, label, value, color, more = {}, counts = true) =>
    panel.add(thinned(run.columns.step, value, rows, steps, width), { label, name: alone ? label : `${name} ${label}`, line: { color, width: 1.5, ...more } },
      run.columns.step, rows, counts ? [settled, end] : [Infinity, 0], value);
  const colour = i => i === 0 || !alone ? own : i === 1 ? ink : grey;
  const dash = i => ({ dash: dashes[i], width: i === 0 ? 1.6 : 1.1 });
  if (batchLoss(run)) {
    draw(panels[0], 'batch loss', batchLoss(run), alone ? grey : own, { width: 0.7 });
  }
  if (predictedLoss(run)) {
    draw(panels[0], 'predicted mean', predictedLoss(run), alone ? ink : own, { dash: 'dash', width: 1.6 });
  }
  draw(panels[0], 'loss', loss(run), own);
  ratios(run).forEach((value, i) => draw(panels[1], i === 0 ? 'S/T' : `λ${subscript[i]}/T`, value, colour(i), dash(i), i === 0));
  draw(panels[2], '|g⊥|', rest(run), alone ? grey : ofRun(run.id), { dash: 'dot', width: 1.1 });
  components(run).forEach((value, i) => draw(panels[2], `g·v${subscript[i]}`, value, colour(i), dash(i)));
  draw(panels[3], 'x', displacement(run), colour(0));
}

// A panel without a line would not be drawn.
export const nothing = panels => Array.from({ length: panels },
  (_, i) => ({ x: [null], y: [null], yaxis: `y${i ? i + 1 : ''}`, type: 'scatter', mode: 'lines', hoverinfo: 'skip' }));

const edge = () => ({ type: 'line', xref: 'paper', x0: 0, x1: 1, yref: 'y2', y0: 1, y1: 1, line: { color: colours().edge, width: 1.2, dash: 'dash' } });

// Every spike of a run that stands alone; of several runs only the one that was chosen. One shape for all, and one for that.
function spans(runs, [from, to], chosen) {
  const isChosen = s => chosen?.run === s.run && chosen.spike === s.id;
  const seen = runs.flatMap(run => spikes(run).map(e => ({ ...e.record, run: run.id }))).filter(s => s.end_step >= from && s.onset_step <= to);
  return [band(runs.length === 1 ? seen.filter(s => !isChosen(s)).slice(-MostSpans) : [], 0.14), band(seen.filter(isChosen), 0.28)].filter(b => b.path);
}

export const band = (spikes, opacity) => ({ type: 'path', xref: 'x', yref: 'paper', layer: 'below', fillcolor: colours().spike, opacity, line: { width: 0 },
  path: spikes.map(s => `M${s.onset_step},0L${s.end_step},0L${s.end_step},1L${s.onset_step},1Z`).join('') });

// Interventions: a line through all panels for each, with its η where there is room for so many words.
const changeLines = run => ({ type: 'path', xref: 'x', yref: 'paper', layer: 'below', line: { color: ofRun(run.id), width: 1.5, dash: 'dot' },
  path: changes(run).map(c => `M${c.step},0L${c.step},1`).join('') });

function changeNames(runs, [from, to]) {
  const seen = runs.flatMap(run => changes(run).map(c => ({ ...c, run: run.id }))).filter(c => c.step >= from && c.step <= to);
  return seen.length > MostNamed ? [] : seen.map(c => ({ x: c.step, xref: 'x', y: 1, yref: 'paper', yanchor: 'top', showarrow: false,
    xanchor: c.step > from + 0.8 * (to - from) ? 'right' : 'left', text: `η := ${Number(c.learning_rate.toPrecision(5))}`,
    font: { size: 12, color: ofRun(c.run) }, bgcolor: color('card') }));
}

// The next crossing, drawn ahead of the curve: from where S/T stands to where it will pass 1, and the range that was said.
function forecastTraces(run) {
  const crossing = pending(run, 'crossing')?.record, spike = pending(run, 'spike')?.record, { forecast } = colours();
  const rows = run.columns.step, at = rows.length - 1, traces = [];
  const rowAt = step => rowsOf(rows, step, step)[1] - 1;
  if (crossing) {
    const from = rowAt(crossing.step);
    traces.push({ x: [rows[from], crossing.expected], y: [ratios(run)[0]?.(from) ?? null, 1], yaxis: 'y2', type: 'scatter', mode: 'lines+markers',
      name: 'forecast',
      line: { color: forecast, width: 2, dash: 'dot' }, marker: { size: [0, 9], symbol: 'diamond', color: forecast } });
  }
  if (spike?.rise) {
    const base = loss(run)(rowAt(spike.step)) ?? run.columns.loss[at];
    traces.push({ x: [spike.expected], y: [base + spike.rise], yaxis: 'y', type: 'scatter', mode: 'markers', name: 'forecast peak',
      marker: { size: 11, symbol: 'diamond-open', color: forecast, line: { width: 2 } } });
  }
  return traces;
}

function forecastShapes(run) {
  const { forecast } = colours();
  return [[pending(run, 'crossing'), 'y2 domain'], [pending(run, 'spike'), 'y domain']].filter(([f]) => f).map(([f, yref]) => ({
    type: 'rect', xref: 'x', yref, x0: f.record.earliest, x1: f.record.latest, y0: 0, y1: 1, fillcolor: forecast, opacity: 0.16, line: { width: 0 },
      layer: 'below' }));
}
