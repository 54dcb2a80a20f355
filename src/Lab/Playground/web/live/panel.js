// One panel of a figure: its lines, what they are called, and a range that its ordinary rows ask for.
const strokes = { solid: '—', dash: '– –', dot: '···' };
const order = ['S/T', 'λ₂/T', 'λ₃/T', 'g·v₁', 'g·v₂', '|g⊥|'];

// What the lines are, in their colours; of several runs only how they are drawn, the colours are those of the cards.
export function legend(axis, traces, alone) {
  const names = [...new Map(traces.map(t => [t.label, t])).values()].sort((a, b) => order.indexOf(a.label) - order.indexOf(b.label));
  const text = names.map(t => alone ? `<span style="color:${t.line.color}">${t.label}</span>`
    : `${strokes[t.line.dash] ?? strokes.solid} ${t.label}`).join('   ');
  return names.length < 2 ? null : { text, xref: 'paper', yref: `${axis} domain`, x: 1, y: 1, xanchor: 'right', yanchor: 'bottom', showarrow: false,
    font: { size: 12 } };
}

export class Panel {
  traces = [];
  #low = Infinity; #high = -Infinity;

  constructor(axis, title, type) { Object.assign(this, { axis, title, type }); }

  include(value) {
    this.#low = Math.min(this.#low, value);
    this.#high = Math.max(this.#high, value);
  }

  // Rows from begin to end ask for room; the gradient of the first steps of a long run has another scale than all that follow.
  add(points, style, steps, [from, to], [begin, end], value) {
    this.traces.push({ ...points, ...style, mode: 'lines', type: 'scatter', yaxis: this.axis, connectgaps: true });
    const settled = !['y3', 'y4'].includes(this.axis) || to - from < 200 ? 0 : begin;
    for (let i = from; i < to; i++) {
      const v = value(i);
      if (v !== null && v !== undefined && steps[i] >= settled && steps[i] <= end) { this.include(v); }
    }
  }

  legend(alone) {
    return legend(this.axis, this.traces, alone);
  }

  description() {
    if (!(this.#high >= this.#low)) {
      return { title: this.title, type: this.type, range: this.type === 'log' ? [-3, 0] : this.axis === 'y2' ? [0, 1.3] : [-1, 1] };
    }
    if (this.type === 'log') {
      const [low, high] = [Math.log10(this.#low), Math.log10(this.#high)], margin = 0.06 * (high - low) + 0.02;
      return { title: this.title, type: 'log', range: [low - margin, high + margin] };
    }
    const low = this.axis === 'y2' ? Math.min(0, this.#low) : this.#low, margin = 0.08 * (this.#high - low) || 1;
    return { title: this.title, range: [this.axis === 'y2' && low === 0 ? 0 : low - margin, this.#high + margin] };
  }
}
