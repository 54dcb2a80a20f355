// One plotly graph in the colours of the page.

const dark = matchMedia('(prefers-color-scheme: dark)');

// A finger scrolls the page; only a mouse draws a window to zoom into.
const touch = matchMedia('(pointer: coarse)');

// Made once: with another object plotly would make the whole plot again.
let made = null;
const config = () => made?.displayModeBar === barFor() ? made : made = { displaylogo: false, responsive: true, displayModeBar: barFor(),
  modeBarButtonsToRemove: ['toImage', 'select2d', 'lasso2d', 'autoScale2d'],
  modeBarButtonsToAdd: [{ name: 'save', title: 'Save the picture', icon: Plotly.Icons.camera, click: element => save(element) }] };
const barFor = () => touch.matches ? false : 'hover';

/** The value of a colour of page.css. */
export const color = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** An axis of steps: 5,000, not 0.5·10⁴. */
export const steps = { tickformat: ',', tickangle: 0 };

/** The ticks of a logarithmic axis of many decades: at most seven. */
export const decades = (low, high) => ({ dtick: [1, 2, 5, 10, 20, 50, 100, 200].find(step => (high - low) / step <= 6) });

/** The page has been painted with what was drawn before the call. */
export const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));

/** Saves the picture of an element under its data-file, or a name made of its label. */
export const save = element => Plotly.downloadImage(element, { format: 'png', scale: 2, width: element.clientWidth, height: element.clientHeight,
  filename: element.dataset.file ?? element.getAttribute('aria-label').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-') });

export class Plot {
  #element;
  #picture = null;
  #frame = null;
  #window = null; // what keys have chosen: the ranges of x and, in a plane, of y
  #windows = 0;

  /** Draws into an element, which gets a name for those who do not see it, and keys: + − 0 and arrows, or what the page does with them. */
  constructor(element, label, onKey = event => this.#onKey(event)) {
    this.#element = element;
    element.tabIndex = 0;
    element.setAttribute('role', 'group');
    element.setAttribute('aria-label', label);
    element.addEventListener('keydown', onKey);
    dark.addEventListener('change', () => this.redraw());
    touch.addEventListener('change', () => this.redraw());
  }

  /** Shows a picture, a function that returns { traces, layout }; of several within a frame the last. Resolves when it is drawn. */
  set(picture) {
    this.#picture = picture;
    this.#frame ??= new Promise((done, failed) => requestAnimationFrame(() => {
      this.#frame = null;
      this.#draw().then(done, failed);
    }));
    return this.#frame;
  }

  /** Shows the same picture again, where what it depends on has changed. */
  redraw() {
    return this.#picture && this.set(this.#picture);
  }

  #draw() {
    const { traces, layout } = this.#picture();
    return Plotly.react(this.#element, traces, this.#styled(layout), config());
  }

  #styled(layout) {
    const [ink, faint, grid, card] = [color('ink'), color('faint'), color('grid'), color('card')];
    const styled = {
      paper_bgcolor: card, plot_bgcolor: card, font: { color: ink, size: 12, family: 'system-ui, "DejaVu Sans", sans-serif' },
      margin: { l: 62, r: 12, t: 26, b: 40 }, uirevision: `keys ${this.#windows}`, hovermode: 'x unified',
      hoverlabel: { bgcolor: card, bordercolor: grid, font: { color: ink } },
      legend: { orientation: 'h', x: 0, y: 1.0, yanchor: 'bottom', font: { size: this.#element.clientWidth < 500 ? 11 : 12 } },
      modebar: { bgcolor: 'transparent', color: faint, activecolor: ink }, ...layout, dragmode: touch.matches ? false : 'zoom',
    };
    for (const [name, axis] of Object.entries(layout).filter(([name]) => /^[xy]axis/.test(name))) {
      const range = this.#window?.[name];
      styled[name] = { gridcolor: grid, zerolinecolor: grid, linecolor: color('frame'), automargin: false, exponentformat: 'power', ...axis,
        ...(range && { range }) };
    }
    return styled;
  }

  // In a plane both axes move; elsewhere the height of a curve stays where it is.
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.#element || !this.#element.layout) {
      return;
    }
    const { key } = event, axes = this.#element.layout.yaxis.scaleanchor || this.#element.layout.meta?.plane ? ['xaxis', 'yaxis'] : ['xaxis'];
    const factor = { '+': 1 / 1.5, '=': 1 / 1.5, '-': 1.5 }[key];
    const [axis, shift] = { ArrowLeft: ['xaxis', -1], ArrowRight: ['xaxis', 1], ArrowDown: ['yaxis', -1], ArrowUp: ['yaxis', 1] }[key] ?? [];
    if (key !== '0' && !factor && !axes.includes(axis)) {
      return;
    }
    event.preventDefault();
    this.#windows++;
    this.#window = key === '0' ? null : Object.fromEntries(axes.map(name => {
      const [low, high] = this.#element.layout[name].range.map(Number), middle = (low + high) / 2, half = (factor ?? 1) * (high - low) / 2;
      const moved = middle + (name === axis ? shift * half / 4 : 0);
      return [name, [moved - half, moved + half]];
    }));
    this.redraw();
  }
}
