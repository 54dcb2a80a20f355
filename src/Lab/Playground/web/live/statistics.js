// The table of lab compare: the spikes of each run in numbers that can be compared with those of another.
import { get } from '../lab.js';

const words = { steps: 'steps', spikes: 'spikes', first_crossing: 'first crossing, step', mean_sharpness_over_threshold: 'mean S/T after it',
  overshoot: 'highest S/T', median_rise: 'median rise, peak/onset',
  largest_rise: 'largest rise', median_duration: 'median length in steps', median_interval: 'median steps between peaks',
    median_sharpness_fall: 'median fall of S, in T', median_gradient_share: 'median share of |g|² along v₁ at the peak' };

export async function statistics(table, ids) {
  const compared = await get(`/api/live/comparison?${ids.filter(id => id !== null).map(id => `run=${id}`).join('&')}`);
  const of = id => compared.find(c => c.id === id)?.spikes;
  table.replaceChildren(...Object.entries(words).map(([key, name]) => {
    const line = document.createElement('tr');
    line.append(cell('th', name), ...ids.map(id => cell('td', short(of(id)?.[key]))));
    line.firstChild.scope = 'row';
    return line;
  }));
  table.dataset.ids = ids.join();
}

const short = value => value === null || value === undefined ? '–' : Number.isInteger(value) ? String(value) : value.toPrecision(4);

function cell(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
