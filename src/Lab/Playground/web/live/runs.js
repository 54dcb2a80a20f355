// The runs of the lab as this page knows them, kept up to date by the stream.
// Each: { id, run, status, gone, files, changes, rows, columns: { name: [...] }, events: [...], counts: { kind: n } }; columns as in metrics.csv.
import { listen } from '../lab.js';

const Retry = 2000, MostOfKind = 200, MostEvents = 2000;

export class Runs {
  #byId = new Map();
  #session = null;
  #listening = null;
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

  async #open() {
    if (this.#listening) {
      return;
    }
    const { signal } = this.#listening = new AbortController();
    while (!signal.aborted) {
      try {
        await listen(`/api/live/stream?${this.#seen()}`, signal, () => this.problem(''), message => this.#apply(message));
      } catch (error) {
        if (!signal.aborted) {
          this.problem(error.message);
          await new Promise(done => setTimeout(done, Retry));
        }
      }
    }
  }

  #close() {
    this.#listening?.abort();
    this.#listening = null;
  }

  // How far this page has come: after a short absence it is sent only what is new.
  #seen() {
    const seen = this.all.map(r => ['seen', [r.id, r.generation, r.rows, r.columns.step.length, r.happened].join('.')]);
    return new URLSearchParams(this.#session ? [['session', this.#session], ...seen] : []);
  }

  #apply({ session, ids, runs }) {
    if (this.#session !== null && this.#session !== session) {
      this.#byId.clear();
      this.problem('The lab was started again. Its runs from before are folders under runs/; lab resume continues those that had not ended.');
    }
    this.#session = session;
    for (const id of this.#byId.keys()) {
      if (!ids.includes(id)) {
        this.#byId.delete(id);
      }
    }
    for (const delta of runs) {
      const known = this.#byId.get(delta.id) ?? { id: delta.id, columns: { step: [], loss: [] }, events: [] };
      known.run = delta.run ?? known.run;
      known.files = delta.files ?? known.files ?? [];
      known.changes = delta.changes ?? known.changes ?? [];
      const { status, gone, generation, rows, counts, happened } = delta;
      Object.assign(known, { status, gone, generation, rows, counts, happened });
      for (const column of Object.values(known.columns)) {
        column.length = Math.min(column.length, delta.from); // a new stream sends everything again
      }
      for (const [name, values] of Object.entries(delta.columns)) {
        const column = known.columns[name] ??= [];
        for (const value of values) {
          column.push(value);
        }
      }
      known.events = newest([...known.events.filter(e => e.index < delta.events_from), ...delta.events]);
      this.#byId.set(delta.id, known);
    }
    this.received++;
    this.changed();
  }
}

export const last = (run, name) => run.columns[name]?.at(-1) ?? null;

// The newest events of each kind: a run may have tens of thousands, and the counts tell how many.
function newest(events) {
  if (events.length <= MostEvents) {
    return events;
  }
  const counts = {};
  return events.toReversed().filter(({ kind }) => (counts[kind] = (counts[kind] ?? 0) + 1) <= MostOfKind).reverse();
}

// What happened, by its kind; the record is the line of events.jsonl.
export const events = (run, kind) => run.events.filter(e => e.record.event === kind);

// The interventions that a step has been made with or will be made with next.
export const changes = run => run.changes.filter(c => c.step <= (last(run, 'step') ?? -1) + 1);

// Rises of the loss with an instability behind them; the others are no spikes.
export const spikes = run => events(run, 'spike').filter(e => e.record.kind === 'instability');
