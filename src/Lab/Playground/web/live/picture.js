// What the page of live training draws of the runs that are shown: loss, S/T, the gradient's components and x, step by step.
import { colours, ofRun } from './colours.js';
import { events } from './runs.js';
import { pending } from './forecast.js';
import { components, displacement, isOrdinary, loss, ratios, rest, rowsOf, thinned } from './series.js';

const MostSpans = 60, Margin = 0.02;
const subscript = ['₁', '₂', '₃'];
const dashes = ['solid', 'dash', 'dot'];
const strokes = { solid: '—', dash: '– –', dot: '···' };
const order = ['S/T', 'λ₂/T', 'λ₃/T', 'g·v₁', 'g·v₂', '|g⊥|'];

export function picture(runs, range, width, chosen) {
  const shown = runs.filter(r => r.rows > 0);
  if (shown.length === 0) {
    return { ...empty(), steps: [0, 100] };
  }
  const ahead = shown.map(r => pending(r, 'crossing')?.record.latest ?? 0).filter(step => step < 1e6);
  const ends = shown.map(r => r.columns.step.at(-1));
  const begin = Math.min(...shown.map(r => r.columns.step[0])), end = Math.max(10, ...ends, ...ahead);
  const steps = range ?? [begin, end + Margin * (end - begin)];
  const buckets = Math.max(100, Math.floor(width / 2.5));
  const panels = [new Panel('y', 'loss', 'log'), new Panel('y2', 'S/T'), new Panel('y3', 'g·v'), new Panel('y4', 'x = v₁·g/S')];
  for (const run of shown) {
    drawRun(run, shown.length === 1, steps, buckets, panels);
  }
  panels[1].include(1);
  return {
    traces: [...panels.flatMap(p => p.traces), ...shown.flatMap(forecastTraces)],
    panels: panels.map(p => p.description()),
    annotations: panels.map(p => p.legend(shown.length === 1)).filter(a => a),
    shapes: [edge(), ...spans(shown, steps, chosen), ...shown.flatMap(forecastShapes)],
    steps,
    marks: { step: Math.max(...ends), runs: shown.length, from: steps[0], to: steps[1] },
  };
}

function empty() {
  return { traces: [{ x: [null], y: [null], hoverinfo: 'skip' }], panels: [{ title: 'loss', type: 'log', range: [-3, 0] }, { title: 'S/T', range: [0, 1.3] }, { title: 'g·v', range: [-1, 1] },
    { title: 'x = v₁·g/S', range: [-1, 1] }].slice(0, 4), shapes: [edge()], marks: { step: -1, runs: 0 } };
}

function drawRun(run, alone, steps, buckets, panels) {
  const { modes, ink, grey } = colours();
  const rows = rowsOf(run.columns.step, ...steps), ordinary = isOrdinary(run), name = run.run.name;
  const draw = (panel, label, value, color, more = {}, counts = true) =>
    panel.add(thinned(run.columns.step, value, rows, buckets), { label, name: alone ? label : `${name} ${label}`, line: { color, width: 1.5, ...more } }, counts ? i => ordinary(i) : () => false, run, rows, value);
  const colour = i => alone ? modes[i] : ofRun(run.id);
  const dash = i => ({ dash: alone ? 'solid' : dashes[i], width: i === 0 ? 1.6 : 1.1 });
  draw(panels[0], 'loss', loss(run), alone ? ink : ofRun(run.id));
  ratios(run).map((value, i) => draw(panels[1], i === 0 ? 'S/T' : `λ${subscript[i]}/T`, value, colour(i), dash(i), i === 0)).reverse();
  draw(panels[2], '|g⊥|', rest(run), alone ? grey : ofRun(run.id), { dash: 'dot', width: 1.1 });
  components(run).forEach((value, i) => draw(panels[2], `g·v${subscript[i]}`, value, colour(i), dash(i)));
  draw(panels[3], 'x', displacement(run), colour(0));
}

// One panel: its lines, and a range that its ordinary rows ask for.
class Panel {
  traces = [];
  #low = Infinity; #high = -Infinity;

  constructor(axis, title, type) { Object.assign(this, { axis, title, type }); }

  include(value) {
    this.#low = Math.min(this.#low, value);
    this.#high = Math.max(this.#high, value);
  }

  add(points, style, counts, run, [from, to], value) {
    this.traces.push({ ...points, ...style, mode: 'lines', type: 'scatter', yaxis: this.axis, connectgaps: true });
    // The first steps of a long run have another scale than all that follow.
    const settled = this.type === 'log' || to - from < 200 ? from : Math.max(from, Math.ceil(run.rows / 50));
    for (let i = settled; i < to; i++) {
      const v = value(i);
      if (v !== null && v !== undefined && counts(i)) { this.include(v); }
    }
  }

  // What the lines are, in their colours; of several runs only how they are drawn, the colours are those of the cards.
  legend(alone) {
    const names = [...new Map(this.traces.map(t => [t.label, t])).values()].sort((a, b) => order.indexOf(a.label) - order.indexOf(b.label));
    const text = names.map(t => alone ? `<span style="color:${t.line.color}">${t.label}</span>` : `${strokes[t.line.dash] ?? strokes.solid} ${t.label}`).join('   ');
    return names.length < 2 ? null : { text, xref: 'paper', yref: `${this.axis} domain`, x: 1, y: 1, xanchor: 'right', yanchor: 'bottom', showarrow: false, font: { size: 12 } };
  }

  description() {
    if (!(this.#high >= this.#low)) {
      return { title: this.title, type: this.type, range: this.type === 'log' ? [-1, 1] : [-1, 1] };
    }
    if (this.type === 'log') {
      const [low, high] = [Math.log10(this.#low), Math.log10(this.#high)], margin = 0.06 * (high - low) + 0.02;
      return { title: this.title, type: 'log', range: [low - margin, high + margin] };
    }
    const low = this.axis === 'y2' ? Math.min(0, this.#low) : this.#low, margin = 0.08 * (this.#high - low) || 1;
    return { title: this.title, range: [this.axis === 'y2' && low === 0 ? 0 : low - margin, this.#high + margin] };
  }
}

const edge = () => ({ type: 'line', xref: 'paper', x0: 0, x1: 1, yref: 'y2', y0: 1, y1: 1, line: { color: colours().edge, width: 1.2, dash: 'dash' } });

// Every spike of a run that stands alone; of several runs only the one that was chosen.
function spans(runs, [from, to], chosen) {
  const { spike } = colours();
  const isChosen = s => chosen?.run === s.run && chosen.spike === s.id;
  return runs.flatMap(run => events(run, 'spike').map(e => ({ ...e.record, run: run.id })))
    .filter(s => s.end_step >= from && s.onset_step <= to && (runs.length === 1 || isChosen(s))).slice(-MostSpans)
    .map(s => ({ type: 'rect', xref: 'x', yref: 'paper', x0: s.onset_step, x1: s.end_step, y0: 0, y1: 1, layer: 'below', fillcolor: spike, line: { width: 0 },
      opacity: isChosen(s) ? 0.28 : 0.14 }));
}

// The next crossing, drawn ahead of the curve: from where S/T stands to where it will pass 1, and the range that was said.
function forecastTraces(run) {
  const crossing = pending(run, 'crossing')?.record, spike = pending(run, 'spike')?.record, { forecast } = colours();
  const rows = run.columns.step, at = rows.length - 1, traces = [];
  const rowAt = step => rowsOf(rows, step, step)[1] - 1;
  if (crossing) {
    const from = rowAt(crossing.step);
    traces.push({ x: [rows[from], crossing.expected], y: [ratios(run)[0]?.(from) ?? null, 1], yaxis: 'y2', type: 'scatter', mode: 'lines+markers', name: 'forecast',
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
    type: 'rect', xref: 'x', yref, x0: f.record.earliest, x1: f.record.latest, y0: 0, y1: 1, fillcolor: forecast, opacity: 0.16, line: { width: 0 }, layer: 'below' }));
}
