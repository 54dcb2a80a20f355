// One plotly graph in the colours of the page.

const dark = matchMedia('(prefers-color-scheme: dark)');
const config = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d'], toImageButtonOptions: { scale: 2 } };

/** The value of a colour of page.css. */
export const color = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** An axis of steps: 5,000, not 0.5·10⁴. */
export const steps = { tickformat: ',', tickangle: 0 };

/** The ticks of a logarithmic axis of many decades: at most seven. */
export const decades = (low, high) => ({ dtick: [1, 2, 5, 10, 20, 50, 100, 200].find(step => (high - low) / step <= 6) });

/** The page has been painted with what was drawn before the call. */
export const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));

export class Plot {
  #element;
  #picture = null;
  #frame = null;
  #zoom = 1;

  /** Draws into an element, which gets a name for those who do not see it, and keys: + − 0, or what the page does with them. */
  constructor(element, label, onKey = event => this.#onKey(event)) {
    this.#element = element;
    element.tabIndex = 0;
    element.setAttribute('role', 'group');
    element.setAttribute('aria-label', label);
    element.addEventListener('keydown', onKey);
    dark.addEventListener('change', () => this.#picture && this.set(this.#picture));
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

  #draw() {
    const { traces, layout } = this.#picture();
    return Plotly.react(this.#element, traces, this.#styled(layout), config);
  }

  #styled(layout) {
    const [ink, faint, grid] = [color('ink'), color('faint'), color('grid')];
    const styled = {
      paper_bgcolor: 'transparent', plot_bgcolor: 'transparent', font: { color: ink, size: 12, family: 'system-ui, "DejaVu Sans", sans-serif' },
      margin: { l: 62, r: 12, t: 26, b: 40 }, uirevision: 'kept', hovermode: 'x unified',
        hoverlabel: { bgcolor: color('card'), bordercolor: grid, font: { color: ink } },
      legend: { orientation: 'h', x: 0, y: 1.0, yanchor: 'bottom' }, modebar: { bgcolor: 'transparent', color: faint, activecolor: ink }, dragmode: 'zoom',
        ...layout,
    };
    for (const [name, axis] of Object.entries(layout).filter(([name]) => /^[xy]axis/.test(name))) {
      styled[name] = { gridcolor: grid, zerolinecolor: grid, linecolor: color('frame'), automargin: false, exponentformat: 'power', ...axis };
      if (name.startsWith('x') && this.#zoom !== 1 && axis.range) {
        const [middle, half] = [(axis.range[0] + axis.range[1]) / 2, (axis.range[1] - axis.range[0]) / 2 / this.#zoom];
        styled[name].range = [middle - half, middle + half];
        styled.uirevision = `zoom ${this.#zoom}`;
      }
    }
    return styled;
  }

  #onKey(event) {
    const factor = { '+': 1.5, '=': 1.5, '-': 1 / 1.5, '0': 0 }[event.key];
    if (factor === undefined || event.ctrlKey || event.metaKey || event.altKey || !this.#picture) {
      return;
    }
    event.preventDefault();
    this.#zoom = factor === 0 ? 1 : Math.max(1, this.#zoom * factor);
    this.set(this.#picture);
  }
}
