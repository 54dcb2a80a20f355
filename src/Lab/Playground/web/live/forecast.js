// What has been said of the future and has not come yet.
import { events } from './runs.js';

// The last forecast whose range lies ahead: it goes when it is scored or withdrawn, and when the run is past its range.
export function pending(run, kind) {
  if (run.status.phase === 'ended') {
    return null;
  }
  const ended = new Set(events(run, 'forecast_scored').filter(e => e.record.kind === kind).map(e => e.record.forecast_step));
  const now = run.columns.step.at(-1);
  return events(run, 'forecast').findLast(({ record: f }) => f.kind === kind && f.expected !== null && !ended.has(f.step) && now <= f.latest) ?? null;
}
