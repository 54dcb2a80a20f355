// What the panels of the live pages show, and what their symbols mean; what happened, in plain words.
const terms = {
  loss: { term: 'loss', meaning: 'how far the network is from its data, over all examples: the number that training makes small' },
  batch: { term: 'batch loss', meaning: 'the loss of the examples of one step; with mini-batches only' },
  S: { term: 'S', meaning: 'sharpness: the largest eigenvalue of the Hessian, the curvature along the steepest direction v₁' },
  T: { term: 'T', meaning: 'threshold: the largest sharpness at which the optimizer is stable; for gradient descent 2/η' },
  lambda: { term: 'λ₂, λ₃', meaning: 'the next largest curvatures' },
  gv: { term: 'g·v₁, g·v₂', meaning: 'the gradient g along the directions of the two largest curvatures' },
  rest: { term: '|g⊥|', meaning: 'the length of what is left of the gradient across all followed directions' },
  x: { term: 'x', meaning: 'v₁·g/S: how far the parameters stand from the bottom of the valley, along v₁' },
};

/** The help of each panel of the live picture, from above, as help.js takes it. */
export const panels = [
  { name: 'loss', sentence: 'The loss at each step, on a logarithmic axis. A spike is a sudden rise that comes back; spikes are shaded.',
    terms: [terms.loss, terms.batch] },
  { name: 'S/T',
    sentence: 'The sharpness in units of the threshold. Above the dashed line, S = T, each step overshoots the valley by more than the one before.',
    terms: [terms.S, terms.T, terms.lambda] },
  { name: 'g·v',
    sentence: 'The gradient along the steepest directions. In a spike it changes its sign at every step and grows: steps jump from side to side.',
    terms: [terms.gv, terms.rest] },
  { name: 'x', sentence: 'Where the parameters stand in their valley: 0 is its bottom, and the two signs are its two walls.', terms: [terms.x, terms.S] },
];

/** The same for the pictures of two runs side by side. */
export const compared = [
  { name: 'loss / first loss', sentence: 'The loss in units of its first value, so that runs of any scale can be compared.', terms: [terms.loss] },
  { name: 'S/T', sentence: panels[1].sentence, terms: [terms.S, terms.T] },
  { name: 'g·v / largest', sentence: 'The gradient along the two steepest directions, in units of its largest value after the first steps.',
    terms: [terms.gv] },
];

const share = value => `${Math.round(100 * value)} %`;
const times = value => `${Number(value.toPrecision(2))} times`;

const ends = { recovered: steps => `${steps} steps later it was over`, partial: steps => `${steps} steps later it had come back in part`,
  sustained: () => 'it stayed up', diverged: () => 'it did not come back', unfinished: () => 'the run ended before it was over' };

// Of each kind of event a sentence from its record in events.jsonl.
const sentences = {
  spike: ({ onset_step: onset, peak_step: peak, end_step: end, rise, outcome, sharpness_peak: sharpness, threshold }) =>
    `In ${peak - onset} steps the loss rose${rise ? ` to ${times(rise)} its value` : ''}, and ${ends[outcome](end - peak)}`
    + (sharpness && threshold
      ? `: the curvature had come to ${share(sharpness / threshold)} of what this step size bears, so that each step overshot the valley by more.` : '.'),
  crossing: ({ direction }) => direction === 'up'
    ? 'The valley has become too steep for this step size: from here on each step along v₁ overshoots by more than the one before.'
    : direction === 'down' ? 'The valley is shallow enough again: steps along v₁ come to rest.'
      : 'The curvature stands at the limit of this step size, and passes it up and down.',
  change: ({ from, to }) => from === null || from === undefined ? 'Set by hand or by the experiment.'
    : to < from ? 'A smaller step size bears more curvature: the threshold T went up.' : 'A larger step size bears less curvature: the threshold T went down.',
  divergence: () => 'The steps overshot by more and more and nothing brought them back; the run ended here.',
  warning: () => 'The lab noticed something by which this run, or its numbers, may be other than they seem.',
};

/** An event in plain words. */
export const plain = (kind, record) => sentences[kind](record);
