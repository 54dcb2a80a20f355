// One figure: its sliders, read-outs and plots. The numbers come from the lab; nothing is computed here.
import { make, makeTable, numberText, withSubscripts } from './elements.js';
import { Handle } from './handle.js';
import { makeHelp } from './help.js';
import { ask } from './lab.js';
import { latest, readBlock } from './numbers.js';
import { figures, views } from './panels.js';
import { Plot, painted, save } from './plot.js';

const MOST_ROWS = 200;
const narrow = matchMedia('(max-width: 40rem)');

export class Figure {
  #about; #look; #inputs = {}; #outputs = {}; #choices = {}; #plots = []; #handle = null; #backdrop = null; #shown = null;
  #readouts = make('dl', { class: 'readouts' });
  #error = make('p', { class: 'error', role: 'alert', hidden: true });
  #table = make('div', { class: 'scroll', role: 'region', tabindex: 0, hidden: true });
  #link = make('a', {}, 'link to this view');
  #csv = make('a', { download: true }, 'download CSV');
  #button = make('button', { type: 'button', 'aria-expanded': 'false' }, 'show as table');
  #claims = make('div');
  #update = latest(query => this.#load(query));

  /** Adds to the figure's section of the page what can be moved and seen; nothing is asked for before show. */
  constructor(about) {
    this.#about = about;
    this.#look = figures[about.number];
    this.element = document.getElementById(`figure-${about.number}`);
    const sliders = about.sliders.map(s => this.#slider(s));
    const choices = this.#look.views.map(name => this.#choice(name));
    const help = [...about.panels];
    const places = this.#look.plots.map(plot => this.#place(plot, help.splice(0, plot.panels ?? 1)));
    this.#table.setAttribute('aria-label', `Numbers of figure ${about.number}`);
    this.#button.addEventListener('click', () => this.#toggleTable());
    narrow.addEventListener('change', () => this.#plots.forEach(p => p.plot.redraw()));
    this.element.append(make('div', { class: 'sliders' }, ...sliders), make('div', { class: 'choices' }, ...choices,
      ...this.#handle ? [make('span', { class: 'hint' }, 'Drag the start of the path, or move it with the arrow keys.')] : []), this.#readouts, this.#error,
      make('div', { class: 'plots' }, ...places), make('p', { class: 'actions' }, this.#link, this.#button, this.#csv), this.#table, this.#claims);
  }

  /** Moves the sliders that a link names; says so where it asks for what they do not have. */
  place(query) {
    for (const [name, value] of query) {
      const input = this.#inputs[name], choice = this.#choices[name];
      if (input && value !== '' && Number(value) >= Number(input.min) && Number(value) <= Number(input.max)) {
        input.value = value;
        this.#outputs[name].value = numberText(input.value);
      } else if (choice && (value === 'on' || value === 'off')) {
        choice.checked = value === 'on';
      } else {
        this.#fail(`The link asks for ${name} = ${value}, which this figure does not have; it shows its own values.`);
      }
    }
  }

  /** Draws the figure where its sliders stand. */
  show = () => this.#update(this.#query());

  /** Compares the article's claims with what was measured. */
  setClaims(claims) {
    const own = claims.filter(c => c.figure === this.#about.number);
    const cell = (claim, key) => make('td', { 'data-label': key, class: key === 'verdict' ? `verdict ${claim.verdict}` : undefined },
      ...withSubscripts(claim[key]));
    const rows = own.map(claim => make('tr', {}, ...['claim', 'article', 'measured', 'verdict'].map(key => cell(claim, key))));
    this.#claims.replaceChildren(...rows.length === 0 ? []
      : [makeTable('claims', 'What the article claims, and what was measured', ['Claim', 'Article', 'Measured', 'Verdict'], rows)]);
  }

  #slider({ name, label, low, high, step, default: standsAt }) {
    const id = `${name}-${this.#about.number}`;
    const input = make('input', { type: 'range', id, name, min: low, max: high, step, value: standsAt, 'data-symbol': label.split(' ').at(-1) });
    const output = make('output', { for: id }, numberText(input.value));
    input.addEventListener('input', () => this.#moved());
    input.addEventListener('change', () => this.#keepAddress());
    [this.#inputs[name], this.#outputs[name]] = [input, output];
    return make('div', { class: 'slider' }, make('label', { for: id }, ...withSubscripts(label)), output, input);
  }

  // Whether gradient flow is drawn, and whether axes count η·step.
  #choice(name) {
    const input = make('input', { type: 'checkbox', name, checked: views[name].on });
    input.addEventListener('change', () => {
      this.#plots.forEach(p => p.plot.redraw());
      this.#keepAddress();
      this.#link.href = this.#address();
    });
    this.#choices[name] = input;
    return make('label', {}, input, ` ${views[name].label}`);
  }

  // A plot under the names and the help of its panels.
  #place({ picture, tall, start }, help) {
    const element = make('div', { class: tall ? 'plot tall' : 'plot' }), frame = make('div', { class: 'frame' }, element);
    const label = help.map(h => h.name).join(', ');
    this.#plots.push({ element, label, picture, plot: new Plot(element, `Figure ${this.#about.number}: ${label}`) });
    if (start) {
      this.#handle = new Handle(element, start.sliders.map(name => this.#inputs[name]), start.height?.(this.#inputs), ended => {
        this.#moved();
        if (ended) {
          this.#keepAddress();
        }
      });
      frame.append(this.#handle.element);
    }
    const saving = make('button', { type: 'button', class: 'save', 'aria-label': `save picture: ${label}` }, 'save picture');
    saving.addEventListener('click', () => save(element));
    const helped = help.map((h, i) => [h, makeHelp(h, `help-${this.#about.number}-${this.#plots.length}-${i}`)]);
    return make('div', { class: 'pane' },
      make('div', { class: 'headings' }, ...helped.map(([h, { button }]) => make('div', { class: 'heading' }, make('h3', {}, h.name), button)), saving),
      ...helped.map(([, { answer }]) => answer), frame);
  }

  #moved() {
    for (const [name, input] of Object.entries(this.#inputs)) {
      this.#outputs[name].value = numberText(input.value);
    }
    this.#handle?.place();
    this.#fail(null);
    this.show();
  }

  #query = () => new URLSearchParams(Object.values(this.#inputs).map(i => [i.name, i.value])).toString();

  // A choice is named where it is not the usual one.
  #address() {
    const chosen = Object.entries(this.#choices).filter(([name, input]) => input.checked !== views[name].on);
    return `/?${this.#query()}${chosen.map(([name, input]) => `&${name}=${input.checked ? 'on' : 'off'}`).join('')}#${this.element.id}`;
  }

  #keepAddress = () => history.replaceState(null, '', this.#address());

  async #load(query) {
    try {
      if (this.#look.backdrop) {
        this.#backdrop ??= (await readBlock(await ask(`/api/figures/${this.#about.number}/backdrop`))).tables;
      }
      const { head, tables } = await readBlock(await ask(`/api/figures/${this.#about.number}?${query}`));
      this.#shown = tables.data;
      await Promise.all(this.#plots.map(({ element, picture, plot }, i) => {
        element.dataset.file = this.#fileName(head.values, i);
        return plot.set(() => picture(tables, { backdrop: this.#backdrop, narrow: narrow.matches,
          ...Object.fromEntries(Object.entries(this.#choices).map(([name, input]) => [name, input.checked])) }));
      }));
      this.#handle?.place();
      this.#readouts.replaceChildren(...head.readouts.map(r => make('div', {}, make('dt', {}, ...withSubscripts(r.label)),
        make('dd', { class: r.status ? `status ${r.text.split(/\W/)[0]}` : undefined }, r.text))));
      this.#link.href = this.#address();
      this.#csv.href = `/api/figures/${this.#about.number}.csv?${query}`;
      if (!this.#table.hidden) {
        this.#fillTable();
      }
      await painted();

      // Tests wait for pictures by these, not for time.
      this.element.dataset.painted = query;
      this.element.dataset.pictures = Number(this.element.dataset.pictures ?? 0) + 1;
    } catch (error) {
      this.#fail(error.message);
    }
  }

  // figure-6-eta-70, and further sliders where they do not stand as at first.
  #fileName(values, index) {
    const named = this.#about.sliders.filter(s => s.name === 'eta' || values[s.name] !== s.default);
    return [`figure-${this.#about.number}${this.#plots.length > 1 ? 'ab'[index] : ''}`, ...named.flatMap(s => [s.name, values[s.name]])].join('-');
  }

  #fail(sentence) {
    this.#error.hidden = !sentence;
    this.#error.textContent = sentence ?? '';
  }

  #toggleTable() {
    this.#table.hidden = !this.#table.hidden;
    this.#button.setAttribute('aria-expanded', String(!this.#table.hidden));
    this.#button.textContent = this.#table.hidden ? 'show as table' : 'hide the table';
    if (!this.#table.hidden && this.#shown) {
      this.#fillTable();
    }
  }

  #fillTable() {
    const { rows, columns } = this.#shown;
    const count = Math.min(rows, MOST_ROWS);
    const caption = count < rows ? `The first ${count} of ${rows.toLocaleString('en')} rows; the CSV file has all.` : `${rows} rows`;
    const cells = i => Object.values(columns).map(c => make('td', {}, Number.isNaN(c[i]) ? '' : numberText(c[i])));
    this.#table.replaceChildren(makeTable('numbers', caption, Object.keys(columns), Array.from({ length: count }, (_, i) => make('tr', {}, ...cells(i)))));
  }
}
