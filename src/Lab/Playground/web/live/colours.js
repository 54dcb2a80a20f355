// The colours of the pages of live training: those of page.css, and one for each run.
import { color } from '../plot.js';

const Runs = 8;

export const colours = () => ({
  modes: ['mode-0', 'mode-1', 'mode-2'].map(color), ink: color('loss'), edge: color('threshold'), grey: color('faint'), spike: color('spike'),
    forecast: color('forecast'),
});

// The name of a run's colour in live.css; it stays with the run while others come and go.
const nameOf = id => `run-${id === 0 ? Runs : 1 + (id - 1) % Runs}`;

export const ofRun = id => color(nameOf(id));

export const variableOf = id => `var(--${nameOf(id)})`;
