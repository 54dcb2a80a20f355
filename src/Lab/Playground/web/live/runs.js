// The runs of the lab as this page knows them, kept up to date by the stream.
// Each: { id, run, status, rows, columns: { name: [...] }, events: [...] }; columns are called as in metrics.csv.
const Retry = 2000;

export class Runs {
  #byId = new Map();
  #source = null;
  #timer = 0;
  received = 0;

  // changed() is called after every delta, problem(text) with what is wrong with the connection, or ''.
  constructor(changed, problem) {
    this.changed = changed;
    this.problem = problem;
    // A browser opens six connections to one address: pages that nobody sees give theirs back.
    document.addEventListener('visibilitychange', () => document.hidden ? this.#close() : this.#open());
    if (!document.hidden) {
      this.#open();
    }
  }

  get all() {
    return [...this.#byId.values()];
  }

  find(id) {
    return this.#byId.get(id);
  }

  #open() {
    if (this.#source) {
      return;
    }
    clearTimeout(this.#timer);
    this.#source = new EventSource('/api/live/stream');
    this.#source.onmessage = message => this.#apply(JSON.parse(message.data));
    this.#source.onopen = () => this.problem('');
    this.#source.onerror = () => {
      this.problem('The lab does not answer; trying again…');
      if (this.#source.readyState === EventSource.CLOSED) {
        // Refused, not interrupted: the browser does not try again by itself.
        this.#close();
        this.#timer = setTimeout(() => this.#open(), Retry);
      }
    };
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }

  #apply({ ids, runs }) {
    for (const id of this.#byId.keys()) {
      if (!ids.includes(id)) {
        this.#byId.delete(id);
      }
    }
    for (const delta of runs) {
      const known = this.#byId.get(delta.id) ?? { id: delta.id, columns: { step: [], loss: [] }, events: [] };
      known.run = delta.run ?? known.run;
      known.status = delta.status;
      known.rows = delta.rows;
      for (const column of Object.values(known.columns)) {
        column.length = Math.min(column.length, delta.from); // a new stream sends everything again
      }
      for (const [name, values] of Object.entries(delta.columns)) {
        const column = known.columns[name] ??= [];
        for (const value of values) {
          column.push(value);
        }
      }
      known.events.length = delta.events_from;
      known.events.push(...delta.events);
      this.#byId.set(delta.id, known);
    }
    this.received++;
    this.changed();
  }
}

export const last = (run, name) => run.columns[name]?.at(-1) ?? null;

// What happened, by its kind; the record is the line of events.jsonl.
export const events = (run, kind) => run.events.filter(e => e.record.event === kind);

// Rises of the loss with an instability behind them; the others are no spikes.
export const spikes = run => events(run, 'spike').filter(e => e.record.kind === 'instability');
