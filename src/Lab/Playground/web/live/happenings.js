// What happened, newest first: each in a sentence of the lab and one in plain words; one click shows it in all panels, another starts a
// counterfactual run before a spike.
import { make } from '../elements.js';
import { post } from '../lab.js';
import { variableOf } from './colours.js';
import { ended, pending } from './forecast.js';
import { changes, events, spikes } from './runs.js';
import { plain } from './terms.js';

const MostShown = 100, Around = 50;

// What is said of the future, or how that ended.
function outlook(run, kind) {
  const ahead = pending(run, kind);
  return ahead ? `said at step ${ahead.record.step}: ${ahead.text.replace('forecast: ', '')}` : ended(run, kind);
}

// Spikes, interventions and what else is rare; crossings only the first, where it is known.
function happened(run) {
  const known = kind => events(run, kind).map(e => ({ kind, ...e, range: [e.record.step - Around, e.record.step + Around] }));
  const crossings = known('crossing'), made = changes(run);
  return [
    ...spikes(run).map(e => ({ kind: 'spike', ...e, range: around(e.record) })),
    ...made.map(({ step, learning_rate: to }, i) => ({ kind: 'change', text: `η := ${to} at step ${step}`, range: [step - Around, step + Around],
      record: { step, to, from: made[i - 1]?.learning_rate ?? run.columns.learning_rate?.[0] } })),
    ...known('divergence'), ...known('warning'), ...(crossings.length === run.counts.crossing ? crossings.slice(0, 1) : []),
  ].map(e => ({ run, ...e, key: [run.id, run.generation, e.kind, e.record.id ?? '', e.record.step, e.text].join('/') }));
}

function around({ onset_step: onset, end_step: end }) {
  const margin = Math.max(10, (end - onset) / 2);
  return [onset - margin, end + margin];
}

export class Happenings {
  #list; #none; #ahead; #choose; #say; #items = new Map();

  constructor(list, none, ahead, choose, say) {
    [this.#list, this.#none, this.#ahead, this.#choose, this.#say] = [list, none, ahead, choose, say];
  }

  show(runs) {
    const all = runs.flatMap(happened).sort((a, b) => b.record.step - a.record.step), shown = all.slice(0, MostShown);
    const named = runs.length > 1, keys = shown.map(e => `${named}/${e.key}`);
    if (keys.join() !== [...this.#items.keys()].join()) {
      // Items that stay are not created again, so that the focus stays too.
      this.#items = new Map(shown.map((e, i) => [keys[i], this.#items.get(keys[i]) ?? this.#item(e, named)]));
      [...this.#list.children].filter(item => ![...this.#items.values()].includes(item)).forEach(item => item.remove());
      [...this.#items.values()].forEach((item, i) => this.#list.children[i] === item || this.#list.insertBefore(item, this.#list.children[i] ?? null));
      this.#list.dataset.count = shown.length;
    }
    const count = all.length + runs.reduce((more, run) => more + Math.max(0, (run.counts.spike ?? 0) - spikes(run).length), 0);
    this.#tell(this.#none, count === 0 ? 'Nothing yet.' : count > shown.length ? `The newest ${shown.length} of ${count.toLocaleString('en')}.` : '');
    const said = runs.flatMap(run => ['crossing', 'spike'].map(kind => outlook(run, kind)).filter(text => text).map(text =>
      (named ? `${run.run.name}, ` : '') + text));
    this.#tell(this.#ahead, said.join(' · '));
  }

  #tell(element, text) {
    if (element.textContent !== text) {
      element.textContent = text;
      element.hidden = text === '';
    }
  }

  #item(event, named) {
    const { run, kind, record, text } = event;
    const show = make('button', { class: kind, type: 'button', title: 'Show it in all panels' }, (named ? `${run.run.name}: ` : '') + text);
    show.addEventListener('click', () => this.#choose(event));
    const item = make('li', {}, make('div', {}, show, make('p', { class: 'hint' }, plain(kind, record))));
    item.style.borderColor = variableOf(run.id);
    if (kind === 'spike' && run.run.trained_here) {
      const branch = make('button', { class: 'branch', type: 'button',
        'aria-label': `Branch before spike ${record.id} of ${run.run.name}: start a counterfactual run, paused, at the checkpoint before it` }, 'Branch');
      branch.addEventListener('click', () => this.#branch(run.id, record.id));
      item.append(branch);
    }
    return item;
  }

  async #branch(id, spike) {
    try {
      await post(`/api/live/runs/${id}/branch?spike=${spike}`);
      this.#say('A new run stands paused at the checkpoint before the spike: change its η, then resume it.');
    } catch (e) {
      this.#say(e.message);
    }
  }
}
