// All rows of the range that is shown, of runs so long that this page was sent only the rows that show every extreme.
import { get } from '../lab.js';

export class Details {
  #known = new Map(); #asking = new Set(); #changed;

  // changed() is called when rows have come.
  constructor(changed) { this.#changed = changed; }

  // The run with the rows of a range, as soon as they are here; until then, and where they are too many, the run as it is.
  of(run, [from, to]) {
    const steps = run.columns.step;
    if (steps.length >= run.rows) {
      return run;
    }
    const known = this.#known.get(run.id), begin = Math.max(0, Math.floor(from) - 1), end = Math.min(Math.ceil(to) + 1, steps.at(-1));
    if (known?.columns && known.begin <= begin && known.end >= end) {
      return { ...run, columns: known.columns };
    }
    if (known?.begin !== begin || known.end !== end) {
      this.#ask(run, begin, end);
    }
    return run;
  }

  async #ask({ id }, begin, end) {
    if (this.#asking.has(id)) {
      return;
    }
    this.#asking.add(id);
    const columns = await get(`/api/live/runs/${id}/rows?from=${begin}&to=${end}`).catch(() => null); // more than are sent at once
    this.#asking.delete(id);
    this.#known.set(id, { begin, end, columns });
    this.#changed();
  }
}
