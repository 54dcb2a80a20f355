// The list of spikes, newest first: what each was, in a sentence; one click shows it, another starts a counterfactual run before it.
import { variableOf } from './colours.js';
import { post } from '../lab.js';
import { spikes as spikesOf } from './runs.js';
import { ended, pending } from './forecast.js';

const MostShown = 100;

// What is said of the future, or how that ended.
function outlook(run, kind) {
  const ahead = pending(run, kind);
  return ahead ? `said at step ${ahead.record.step}: ${ahead.text.replace('forecast: ', '')}` : ended(run, kind);
}

export class Spikes {
  #list; #none; #ahead; #choose; #say; #shown = '';

  constructor(list, none, ahead, choose, say) {
    [this.#list, this.#none, this.#ahead, this.#choose, this.#say] = [list, none, ahead, choose, say];
  }

  show(runs) {
    const spikes = runs.flatMap(run => spikesOf(run).map(e => ({ run, ...e }))).sort((a, b) => b.record.step - a.record.step).slice(0, MostShown);
    const key = spikes.map(s => `${s.run.id}/${s.record.id}/${s.record.step}`).join() + runs.length;
    if (key !== this.#shown) {
      this.#shown = key;
      this.#list.replaceChildren(...spikes.map(s => this.#item(s, runs.length > 1)));
      const count = runs.reduce((sum, run) => sum + (run.counts.spike ?? 0), 0);
      this.#none.textContent = count === 0 ? 'None yet.' : `The newest ${spikes.length} of ${count.toLocaleString('en')}.`;
      this.#none.hidden = count > 0 && count <= spikes.length;
      this.#list.dataset.count = spikes.length;
    }
    const said = runs.flatMap(run => ['crossing', 'spike'].map(kind => outlook(run, kind)).filter(text => text).map(text =>
      (runs.length > 1 ? `${run.run.name}, ` : '') + text));
    const text = said.join(' · ');
    if (this.#ahead.textContent !== text) {
      this.#ahead.textContent = text;
      this.#ahead.hidden = text === '';
    }
  }

  #item({ run, record, text }, named) {
    const item = document.createElement('li');
    item.style.borderColor = variableOf(run.id);
    const show = document.createElement('button');
    show.className = 'spike';
    show.textContent = (named ? `${run.run.name}: ` : '') + text;
    show.title = 'Show it in all panels';
    show.addEventListener('click', () => this.#choose(run, record));
    item.append(show);
    if (run.id > 0) {
      const branch = document.createElement('button');
      branch.className = 'branch';
      branch.textContent = 'Branch';
      branch.setAttribute('aria-label', `Branch before spike ${record.id} of ${run.run.name}: start a counterfactual run, paused, at the checkpoint before it`);
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
