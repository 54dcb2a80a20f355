// What has been said of the future and has not come yet.
import { events } from './runs.js';

export function pending(run, kind) {
  const forecast = events(run, 'forecast').filter(e => e.record.kind === kind && e.record.expected !== null).at(-1);
  if (!forecast) {
    return null;
  }
  const scored = events(run, 'forecast_scored').some(e => e.record.kind === kind && e.record.forecast_step === forecast.record.step);
  return scored || run.status.phase === 'ended' ? null : forecast;
}
