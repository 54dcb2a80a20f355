// The latest rows as a table, for who cannot see the picture or wants the numbers; filled only while it is open.
const Rows = 12;

export class RowTable {
  #details; #head; #body; #runs = [];

  constructor(details) {
    [this.#details, this.#head, this.#body] = [details, details.querySelector('thead'), details.querySelector('tbody')];
    details.addEventListener('toggle', () => this.show(this.#runs)); // a paused run brings nothing new
  }

  show(runs) {
    this.#runs = runs;
    const run = runs.at(-1);
    if (!this.#details.open || !run) {
      return;
    }
    const names = Object.keys(run.columns), length = run.columns.step.length;
    this.#details.querySelector('caption').textContent = `The latest rows of ${run.run.name}, as in metrics.csv`;
    this.#head.replaceChildren(row(names, 'th'));
    this.#body.replaceChildren(...Array.from({ length: Math.min(Rows, length) }, (_, i) => row(names.map(n => run.columns[n][length - 1 - i] ?? ''), 'td')));
  }
}

function row(values, tag) {
  const line = document.createElement('tr');
  line.append(...values.map(value => {
    const cell = document.createElement(tag);
    cell.textContent = value;
    return cell;
  }));
  return line;
}
