// Two runs side by side in units that do not depend on their scale, as lab compare has them: S in units of its threshold,
// the loss in units of its first, the gradient's components in units of their largest.
import { act } from './actions.js';
import { get, post } from '../lab.js';
import { colours, ofRun } from './colours.js';
import { spikes, last, Runs } from './runs.js';
import { Figure } from './figure.js';
import { legend } from './panel.js';
import { band, nothing } from './picture.js';
import { components, lastOrdinary, loss, ratios, rowsOf, thinned } from './series.js';
import { chooser } from './chooser.js';
import { statistics } from './statistics.js';
import { compared } from './terms.js';

const Every = 2000;
const at = id => document.getElementById(id);
const sides = ['toy', 'network'];
const asked = new URLSearchParams(location.search);
const chosen = Object.fromEntries(sides.map(side => [side, asked.has(side) ? Number(asked.get(side)) : null]));
const say = text => { at('message').textContent = text; };

const figures = sides.map(side => new Figure(at(`figure-${side}`),
  `Relative loss, sharpness over threshold and gradient components of the ${side}, step by step`,
    (range, width) => picture(runs.find(chosen[side]), range, width), compared));
const runs = new Runs(() => {
  sides.forEach((side, i) => {
    const run = runs.find(chosen[side]);
    at(`${side}-state`).textContent = run
      ? `${run.run.name}: step ${last(run, 'step')?.toLocaleString('en') ?? '–'} of ${run.run.steps.toLocaleString('en')}, ` +
        `${run.status.outcome ?? run.status.phase}, ${(run.counts.spike ?? 0).toLocaleString('en')} ${run.counts.spike === 1 ? 'spike' : 'spikes'}`
      : '';
    choosers[i].show(runs.all, chosen[side]);
    figures[i].draw();
  });
}, say);
const choosers = sides.map(side => chooser(at(`${side}-run`), id => choose(side, id)));

// Kept in the address, so that the page can be loaded again.
function choose(side, id) {
  chosen[side] = id;
  history.replaceState(null, '', '?' + new URLSearchParams(Object.entries(chosen).filter(c => c[1] !== null)));
  figures.forEach(f => f.draw());
}

// The same axes on both sides: that is the comparison.
function picture(run, range, width) {
  const { ink, edge } = colours();
  const panels = [{ title: 'loss / first loss', type: 'log', range: common(r => extent(r, i => relative(r)(i), true)) },
    { title: 'S/T', range: [0, Math.max(1.2, common(r => extent(r, ratios(r)[0]))?.[1] ?? 0) * 1.05] }, { title: 'g·v / largest', range: [-1.1, 1.1] }];
  panels[0].range = panels[0].range ? panels[0].range.map(Math.log10) : [-2, 1];
  const line = { type: 'line', xref: 'paper', x0: 0, x1: 1, yref: 'y2', y0: 1, y1: 1, line: { color: edge, width: 1.2, dash: 'dash' } };
  if (!run?.rows) {
    return { traces: nothing(3), panels, shapes: [line], steps: [0, 100], marks: { step: -1 } };
  }
  const steps = range ?? [run.columns.step[0], Math.max(10, last(run, 'step'))], rows = rowsOf(run.columns.step, ...steps);
  const largest = largestComponent(run), own = ofRun(run.id);
  const draw = (value, yaxis, name, color) => ({ ...thinned(run.columns.step, value, rows, steps, width), yaxis, name, type: 'scatter', mode: 'lines',
    connectgaps: true, line: { color, width: 1.4 } });
  const dots = components(run).map((c, i) => ({ ...draw(row => c(row) === null ? null : c(row) / largest, 'y3', `g·v${'₁₂'[i]}`, i === 0 ? own : ink),
    label: `g·v${'₁₂'[i]}` })).reverse();
  return {
    traces: [draw(relative(run), 'y', 'loss', own), draw(ratios(run)[0], 'y2', 'S/T', own), ...dots],
    annotations: [legend('y3', dots, true)].filter(a => a),
    panels,
    shapes: [line, band(spikes(run).map(e => e.record), 0.14)].filter(shape => shape.path !== ''),
    steps,
    marks: { step: last(run, 'step') },
  };
}

const relative = run => { const value = loss(run), first = run.columns.loss[0]; return i => value(i) === null ? null : value(i) / first; };

// The first rows, of another scale, do not count.
function largestComponent(run) {
  let largest = 0;
  const { step } = run.columns, [begin, end] = [0.02 * step.at(-1), lastOrdinary(run)];
  for (const component of components(run)) {
    for (let i = 0; i < step.length; i++) {
      largest = step[i] >= begin && step[i] <= end ? Math.max(largest, Math.abs(component(i) ?? 0)) : largest;
    }
  }
  return largest || 1;
}

function extent(run, value, positive) {
  let [low, high] = [Infinity, -Infinity];
  const { step } = run.columns, end = lastOrdinary(run);
  for (let i = 0; i < step.length; i++) {
    const v = value(i);
    if (v !== null && v !== undefined && (!positive || v > 0) && step[i] <= end) { low = Math.min(low, v); high = Math.max(high, v); }
  }
  return high >= low ? [low, high] : null;
}

function common(of) {
  const found = sides.map(side => runs.find(chosen[side])).filter(r => r?.rows).map(of).filter(e => e);
  return found.length === 0 ? null : [Math.min(...found.map(e => e[0])) * 0.8, Math.max(...found.map(e => e[1])) * 1.25];
}

at('both').addEventListener('click', async () => {
  try {
    for (const side of sides) {
      choose(side, (await post(`/api/live/runs?experiment=${encodeURIComponent(at(`${side}-experiment`).value)}`)).id);
    }
    say('');
  } catch (e) {
    say(e.message);
  }
});
at('pause').addEventListener('click', () => all('running', 'pause'));
at('resume').addEventListener('click', () => all('paused', 'resume'));

async function all(phase, action) {
  for (const run of sides.map(side => runs.find(chosen[side])).filter(r => r?.status.phase === phase)) {
    await act(run.id, action).catch(e => say(e.message));
  }
}

const { experiments, problem } = await get('/api/live/experiments');
say(problem ?? '');
for (const [side, first] of [['toy', 'power-law'], ['network', 'chebyshev']]) {
  at(`${side}-experiment`).replaceChildren(...experiments.map(e => new Option(e.name, e.name, false, e.name === first)));
}
at('both').disabled = experiments.length === 0;
setInterval(() => document.hidden || statistics(at('statistics'), sides.map(side => chosen[side])).catch(e => say(e.message)), Every);
