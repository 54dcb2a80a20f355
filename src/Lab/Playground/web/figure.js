// One figure: its sliders, read-outs and plots. The numbers come from the lab; nothing is computed here.
import { make, makeTable } from './elements.js';
import { ask } from './lab.js';
import { latest, readBlock } from './numbers.js';
import { panels } from './panels.js';
import { Plot, painted } from './plot.js';

const MOST_ROWS = 200;

export class Figure {
  #about; #inputs = {}; #outputs = {}; #plots = []; #backdrop = null; #shown = null;
  #readouts = make('dl', { class: 'readouts' });
  #error = make('p', { class: 'error', role: 'alert', hidden: true });
  #table = make('div', { class: 'scroll', role: 'region', tabindex: 0, hidden: true });
  #link = make('a', {}, 'link to this view');
  #csv = make('a', { download: true }, 'download CSV');
  #button = make('button', { type: 'button', 'aria-expanded': 'false' }, 'show as table');
  #claims = make('div');
  #update = latest(query => this.#load(query));

  /** Builds the figure; nothing is asked for before show. */
  constructor(about) {
    this.#about = about;
    const sliders = about.sliders.map(s => this.#slider(s));
    const places = panels[about.number].map(({ name, tall }) => [name, make('div', { class: tall ? 'plot tall' : 'plot' })]);
    this.#plots = places.map(([name, place]) => new Plot(place, `Figure ${about.number}: ${name}`));
    this.#table.setAttribute('aria-label', `Numbers of figure ${about.number}`);
    this.#button.addEventListener('click', () => this.#toggleTable());
    this.element = make('section', { class: 'card', id: `figure-${about.number}`, 'aria-labelledby': `title-${about.number}` },
      make('h2', { id: `title-${about.number}` }, `${about.number}. ${about.title}`), make('p', {}, about.text), make('div', { class: 'sliders' }, ...sliders),
      this.#readouts, this.#error, make('div', { class: 'plots' }, ...places.map(([, place]) => place)),
      make('p', { class: 'actions' }, this.#link, this.#button, this.#csv), this.#table, this.#claims);
  }

  /** Moves the sliders that a link names; says so where it asks for what they do not have. */
  place(query) {
    for (const [name, value] of query) {
      const input = this.#inputs[name];
      if (input && value !== '' && Number(value) >= Number(input.min) && Number(value) <= Number(input.max)) {
        input.value = value;
        this.#outputs[name].value = input.value;
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
    this.#claims.replaceChildren(...(own.length === 0 ? []
      : [makeTable('claims', 'What the article claims, and what was measured', ['Claim', 'Article', 'Measured', 'Verdict'], own.map(c =>
      make('tr', {}, ...['claim', 'article', 'measured', 'verdict'].map(key =>
        make('td', { 'data-label': key, class: key === 'verdict' ? `verdict ${c.verdict}` : undefined }, c[key])))))]));
  }

  #slider({ name, label, low, high, step, default: standsAt }) {
    const id = `${name}-${this.#about.number}`;
    const input = make('input', { type: 'range', id, name, min: low, max: high, step, value: standsAt });
    const output = make('output', { for: id }, input.value);
    input.addEventListener('input', () => {
      output.value = input.value;
      this.#fail(null);
      this.show();
    });
    input.addEventListener('change', () => history.replaceState(null, '', this.#address()));
    [this.#inputs[name], this.#outputs[name]] = [input, output];
    return make('div', { class: 'slider' }, make('label', { for: id }, label), output, input);
  }

  #query = () => new URLSearchParams(Object.values(this.#inputs).map(i => [i.name, i.value])).toString();

  #address = () => `/?${this.#query()}#${this.element.id}`;

  async #load(query) {
    try {
      if (panels[this.#about.number].some(p => p.backdrop)) {
        this.#backdrop ??= (await readBlock(await ask(`/api/figures/${this.#about.number}/backdrop`))).tables;
      }
      const { head, tables } = await readBlock(await ask(`/api/figures/${this.#about.number}?${query}`));
      this.#shown = tables.data;
      await Promise.all(this.#plots.map((plot, i) => plot.set(() => panels[this.#about.number][i].picture(tables, this.#backdrop))));
      this.#readouts.replaceChildren(...head.readouts.map(r =>
        make('div', {}, make('dt', {}, r.label), make('dd', { class: r.status ? `status ${r.text.split(/\W/)[0]}` : undefined }, r.text))));
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
    const cells = i => Object.values(columns).map(c => make('td', {}, Number.isNaN(c[i]) ? '' : String(c[i])));
    this.#table.replaceChildren(makeTable('numbers', caption, Object.keys(columns), Array.from({ length: count }, (_, i) => make('tr', {}, ...cells(i)))));
  }
}
