// One figure of panels above each other that share their steps; redrawn in turn with the training however many changes come.
import { make } from '../elements.js';
import { makeHelp } from '../help.js';
import { Plot, decades, painted, steps as stepAxis } from '../plot.js';

const Rest = 3; // a picture may take a quarter of the time, the rest belongs to the training
const Gap = 0.05, Above = 24, Below = 40, Right = 10; // of the height; pixels

const isNarrow = element => element.clientWidth < 500;

const left = element => isNarrow(element) ? 56 : 74;

// Of one panel, as a share of all.
const heightOf = panels => (1 - Gap * (panels - 1)) / panels;

export class Figure {
  #element; #plot; #picture; #helps; #range = null; #due = false; #free = 0; #listens = false;

  // picture(range, width) gives { traces, panels: [{ title, type, range }], shapes, annotations, steps: [from, to], marks }; helps are those of help.js.
  constructor(element, label, picture, helps) {
    this.#element = element;
    this.#picture = picture;
    this.#plot = new Plot(element, label, event => this.#onKey(event));
    this.#helps = helps.map((help, i) => {
      const { button, answer } = makeHelp(help, `${element.id}-help-${i}`);
      return make('div', { class: 'help' }, button, answer);
    });
    element.after(...this.#helps);
    new ResizeObserver(() => {
      if (this.#listens) { Plotly.Plots.resize(element); } // also where a scroll bar has come
      this.draw();
    }).observe(element);
  }

  // Shows a range of steps, or all of them: null.
  zoom(range) {
    this.#range = range;
    this.draw();
  }

  draw() {
    if (!this.#due) {
      this.#due = true;
      setTimeout(() => this.#paint(), Math.max(0, this.#free - performance.now()));
    }
  }

  async #paint() {
    this.#due = false;
    const begun = performance.now();
    const made = this.#picture(this.#range, this.#width());
    await this.#plot.set(() => ({ traces: made.traces, layout: this.#layout(made) }));
    this.#placeHelps(made.panels.length);
    await painted();
    const took = performance.now() - begun;
    this.#free = performance.now() + Rest * took;
    if (!this.#listens) {
      this.#listens = true;
      this.#element.on('plotly_relayout', change => this.#onRelayout(change));
    }
    // Set after painting: who waits for these marks sees the picture they belong to.
    Object.assign(this.#element.dataset, made.marks, { pictures: Number(this.#element.dataset.pictures ?? 0) + 1, took: took.toFixed(0) });
  }

  // Of the panels, in pixels, as plotly counts them.
  #width = () => Math.max(100, Math.round(this.#element.getBoundingClientRect().width) - left(this.#element) - Right);

  // Each stands at the upper corner of its panel.
  #placeHelps(panels) {
    const height = this.#element.clientHeight - Above - Below;
    this.#helps.forEach((help, i) => { help.style.top = `${Above + i * (heightOf(panels) + Gap) * height - 6}px`; });
  }

  #layout({ panels, shapes, annotations, steps }) {
    const height = heightOf(panels.length), narrow = isNarrow(this.#element);
    const layout = {
      margin: { l: left(this.#element), r: Right, t: Above, b: Below }, showlegend: false, hovermode: 'x', shapes, annotations,
        uirevision: String(this.#range), hoversubplots: 'axis',
      xaxis: { ...stepAxis, range: steps, title: { text: 'step', standoff: 6 }, anchor: `y${panels.length > 1 ? panels.length : ''}`, hoverformat: ',.0f',
        zeroline: false, nticks: narrow ? 4 : 10 },
    };
    panels.forEach((panel, i) => {
      const top = 1 - i * (height + Gap);
      // Wide ranges get decades only.
      const ticks = panel.type === 'log' && panel.range[1] - panel.range[0] > 1.2 ? decades(...panel.range) : { nticks: 5 };
      layout[`yaxis${i ? i + 1 : ''}`] = { ...panel, ...ticks, title: { text: panel.title, font: { size: 12 } }, domain: [Math.max(0, top - height), top],
        fixedrange: true, hoverformat: '.6~g', zeroline: panel.type !== 'log' };
    });
    return layout;
  }

  #onRelayout(change) {
    if ('xaxis.range[0]' in change) {
      this.zoom([change['xaxis.range[0]'], change['xaxis.range[1]']]);
    } else if ('xaxis.autorange' in change) {
      this.zoom(null);
    }
  }

  #onKey(event) {
    const shown = this.#element.layout?.xaxis?.range;
    if (!shown || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const [from, to] = shown.map(Number), middle = (from + to) / 2, half = (to - from) / 2;
    const closer = [middle - half / 2, middle + half / 2];
    const range = { '+': closer, '=': closer, '-': [middle - 2 * half, middle + 2 * half], ArrowLeft: [from - half / 2, to - half / 2],
      ArrowRight: [from + half / 2, to + half / 2], 0: null }[event.key];
    if (range !== undefined) {
      event.preventDefault();
      this.zoom(range);
    }
  }
}
