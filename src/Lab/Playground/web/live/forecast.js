// What has been said of the future and has not come yet.
import { events } from './runs.js';

// The last forecast whose range lies ahead: it goes when it is scored or withdrawn, and when the run is past its range.
export function pending(run, kind) {
  if (!['running', 'paused', 'watched'].includes(run.status.phase)) {
    return null;
  }
  const ended = new Set(ends(run, kind).map(e => e.record.forecast_step));
  const now = run.columns.step.at(-1);
  return events(run, 'forecast').findLast(({ record: f }) => f.kind === kind && f.expected !== null && !ended.has(f.step) && now <= f.latest) ?? null;
}

// How the last forecast ended, in a sentence; null while one is pending, or if there was none.
export function ended(run, kind) {
  const said = events(run, 'forecast').findLast(({ record: f }) => f.kind === kind && f.expected !== null);
  if (!said || pending(run, kind)) {
    return null;
  }
  const end = ends(run, kind).findLast(e => e.record.forecast_step >= said.record.step), { step, earliest, latest } = said.record;
  return end?.text ?? `forecast of step ${step}: ` + (run.columns.step.at(-1) > latest
    ? `its range, steps ${earliest} to ${latest}, has passed, and the ${kind} has not been seen yet`
    : `the run ended before its range, steps ${earliest} to ${latest}, had passed`);
}

const ends = (run, kind) => events(run, 'forecast_scored').filter(e => e.record.kind === kind);
