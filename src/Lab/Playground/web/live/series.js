// What is drawn of a run: functions of the row, null where nothing was measured.
import { events } from './runs.js';

const Reach = 70; // the curvature is measured at least every 64 steps

const over = (a, b) => a === null || b === null || a === undefined || !(b > 0) ? null : a / b;

export const loss = ({ columns: c }) => i => c.loss[i] > 0 ? c.loss[i] : null;

// The loss that the optimizer saw, where that is the one of a mini-batch.
export const batchLoss = ({ columns: c }) => c.batch_loss && (i => c.batch_loss[i] > 0 ? c.batch_loss[i] : null);

// The mean loss that a flow predicts, where one is followed.
export const predictedLoss = ({ columns: c }) => c.predicted_loss && (i => c.predicted_loss[i] > 0 ? c.predicted_loss[i] : null);

// S/T, λ₂/T, λ₃/T: reported eigenvalues first, then the guards of explained runs.
export function ratios({ columns: c }) {
  const names = Object.keys(c).filter(n => n === 'sharpness' || /^(lambda|guard)_\d+$/.test(n)).slice(0, 3);
  return names.map(n => i => over(c[n][i], c.threshold[i]));
}

export function components({ columns: c }) {
  return Object.keys(c).filter(n => n.startsWith('gradient_dot_v')).slice(0, 2).map(n => i => c[n][i]);
}

// |g⊥|: what the reported eigenvectors leave of the gradient.
export function rest({ columns: c }) {
  const dots = Object.keys(c).filter(n => n.startsWith('gradient_dot_v')).map(n => c[n]);
  return i => dots.length === 0 || dots[0][i] === null ? null
    : Math.sqrt(Math.max(0, dots.reduce((left, d) => left - (d[i] ?? 0) ** 2, c.gradient_norm[i] ** 2)));
}

// x = u·g/S: how far θ stands from the bottom of the valley along u.
export const displacement = ({ columns: c }) => i => over(c.gradient_dot_v1?.[i], c.sharpness[i]);

// The last step that asks for room: after it a run that diverged did not come back.
export function lastOrdinary(run) {
  if (events(run, 'divergence').length === 0) {
    return Infinity;
  }
  const seen = run.columns.batch_loss ?? run.columns.loss, limit = 10 * (seen[0] ?? 1);
  return run.columns.step[seen.findLastIndex(v => v !== null && v <= limit)] ?? -1;
}

// The first and last row of a range of steps, one more on either side so that lines run out of the picture.
export function rowsOf(steps, from, to) {
  const at = value => {
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] < value) { low = middle + 1; } else { high = middle; }
    }
    return low;
  };
  return [Math.max(0, at(from) - 1), Math.min(steps.length, at(to) + 1)];
}

// Of every column of pixels the first, lowest, highest and last value (M4, Jugel et al. 2014): the line through these covers the same pixels
// as the line through all rows, so that nothing is drawn that the rows do not have.
export function thinned(steps, value, rows, [low, high], width) {
  const [from, to] = reaching(value, rows, steps.length);
  const [x, y] = [[], []];
  let [column, kept] = [null, []];
  const close = () => new Set(kept.sort((a, b) => a - b)).forEach(i => { x.push(steps[i]); y.push(value(i)); });
  for (let i = from; i < to; i++) {
    const v = value(i);
    if (v === null || v === undefined) { continue; }
    const at = Math.floor((steps[i] - low) / (high - low) * width);
    if (at !== column) {
      close();
      [column, kept] = [at, [i, i, i, i]];
    }
    if (v < value(kept[1])) { kept[1] = i; }
    if (v > value(kept[2])) { kept[2] = i; }
    kept[3] = i;
  }
  close();
  return { x, y };
}

// Where only some rows are measured: on to the next one that is, so that the line reaches the edge of the picture.
function reaching(value, [from, to], length) {
  const missing = i => value(i) === null || value(i) === undefined;
  let [first, end] = [from, to];
  while (first > Math.max(0, from - Reach) && missing(first)) { first--; }
  while (end < Math.min(length, to + Reach) && missing(end - 1)) { end++; }
  return [first, end];
}
