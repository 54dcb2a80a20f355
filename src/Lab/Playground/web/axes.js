// Axes of the article's figures.
import { decades, steps as stepAxis } from './plot.js';

export const axis = (text, more = {}) => ({ title: { text, standoff: 6 }, ...more });

export const log = (text, low, high, more = {}) => axis(text, { type: 'log', range: [low, high], ...decades(low, high), ...more });

/** Steps, or η·step where time is wanted: then scale is η. */
export const timeAxis = (time, scale, range) => axis(time ? 'η·step' : 'step', { ...stepAxis, range: range.map(t => scale * t) });

/** A plane to scale. */
export const plane = reach => ({
  xaxis: axis('x₁', { range: [-reach, reach], constrain: 'domain' }),
  yaxis: axis('x₂', { range: [-reach, reach], scaleanchor: 'x', constrain: 'domain' }),
  hovermode: 'closest',
});

/** Two panels above each other with the same steps. */
export const stacked = (xaxis, upper, lower) => ({
  xaxis: { ...xaxis, anchor: 'y2' }, yaxis: { ...upper, domain: [0.54, 1] }, yaxis2: { ...lower, domain: [0, 0.46] },
  hoversubplots: 'axis',
});
