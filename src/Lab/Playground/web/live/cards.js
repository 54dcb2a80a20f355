// One card per run: where it stands, and the buttons that steer it.
import { act } from './actions.js';
import { variableOf } from './colours.js';
import { fileLinks } from './files.js';
import { last } from './runs.js';

// Five digits, as people read them.
function number(value) {
  if (value === null || value === undefined) {
    return '–';
  }
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(4) : String(Number(value.toPrecision(5)));
}

const count = value => value === null ? '–' : value.toLocaleString('en');

const kinds = { spike: ['spike', 'spikes'], rise: ['rise without instability', 'rises without instability'], crossing: ['crossing of T', 'crossings of T'],
  forecast: ['forecast', 'forecasts'], forecast_scored: ['forecast ended', 'forecasts ended'], warning: ['warning', 'warnings'],
  divergence: ['divergence', 'divergences'], audit: ['correction by an audit', 'corrections by audits'] };

const words = { running: 'training', paused: 'paused', ended: 'ended', failed: 'broke off', watched: 'another process trains it',
  abandoned: 'no process trains it any more' };

export class Cards {
  #list; #template; #cards = new Map(); #say;

  constructor(list, template, say) {
    [this.#list, this.#template, this.#say] = [list, template, say];
    this.hidden = new Set();
  }

  show(runs, changed) {
    for (const [id, card] of this.#cards) {
      if (!runs.some(r => r.id === id)) {
        const focused = card.contains(document.activeElement), next = card.nextElementSibling ?? card.previousElementSibling;
        card.remove();
        this.#cards.delete(id);
        if (focused) {
          (next?.querySelector('button:not([hidden])') ?? document.querySelector('#start button')).focus();
        }
      }
    }
    for (const run of runs) {
      const card = this.#cards.get(run.id) ?? this.#add(run, changed);
      this.#fill(card, run);
    }
  }

  #add({ id, run }, changed) {
    const card = this.#template.content.firstElementChild.cloneNode(true);
    const part = name => card.querySelector(`[data-part=${name}]`);
    part('name').textContent = run.name;
    part('folder').textContent = run.folder + (run.origin ? ` · goes on from step ${run.origin.step}, before spike ${run.origin.spike}` : '');
    card.querySelector('.swatch').style.background = variableOf(id);
    card.setAttribute('aria-label', `run ${run.name}`);
    card.dataset.run = id;
    part('bar').max = run.steps;
    part('bar').setAttribute('aria-label', `progress of ${run.name}`);
    for (const button of card.querySelectorAll('button[data-act]')) {
      button.addEventListener('click', () => this.#act(id, button.dataset.act));
    }
    part('shown').checked = !this.hidden.has(id);
    part('shown').addEventListener('change', e => { this.hidden[e.target.checked ? 'delete' : 'add'](id); changed(); });
    part('form').addEventListener('submit', e => {
      e.preventDefault();
      this.#act(id, `learning_rate?value=${encodeURIComponent(part('eta').value)}`);
    });
    this.#list.prepend(card);
    this.#cards.set(id, card);
    return card;
  }

  async #act(id, action) {
    try {
      await act(id, action);
      this.#say('');
    } catch (e) {
      this.#say(e.message);
    }
  }

  #fill(card, run) {
    const part = name => card.querySelector(`[data-part=${name}]`);
    const focused = card.contains(document.activeElement) && document.activeElement;
    const { phase, outcome, message, learning_rate: next } = run.status;
    const step = last(run, 'step'), open = phase === 'running' || phase === 'paused';
    // The η of a row is the one that its step used; a paused run may have been given another for the next.
    const eta = last(run, 'learning_rate') ?? next, changed = phase === 'paused' && next !== eta;
    part('phase').textContent = outcome ? outcome.replaceAll('_', ' ') : words[phase];
    card.dataset.phase = phase;
    part('bar').value = step ?? 0;
    part('step').textContent = `step ${count(step)} of ${count(run.run.steps)}${phase === 'running' ? ` · ${speed(run)} steps/s` : ''}`;
    const rate = number(eta) + (changed ? ` → ${number(next)}` : '');
    fill(part('numbers'), [['loss', number(lastMeasured(run, 'loss'))], ['η', rate], ['S', number(lastMeasured(run, 'sharpness'))],
      [run.run.threshold, number(last(run, 'threshold'))]]);
    const event = run.events.at(-1);
    part('event').textContent = event ? `step ${count(event.record.step)}: ${event.text}` : '';
    part('counts').textContent = Object.entries(run.counts).map(([kind, n]) => `${count(n)} ${kinds[kind][n === 1 ? 0 : 1]}`).join(', ');
    const wrong = message ?? (run.gone ? `Its folder ${run.run.folder} was moved or removed.` : '');
    part('message').textContent = wrong;
    part('message').hidden = !wrong;
    part('form').hidden = !open;
    const offered = String(changed ? next : eta);
    if (document.activeElement !== part('eta') && part('eta').dataset.known !== offered) {
      part('eta').value = part('eta').dataset.known = offered;
    }
    for (const button of card.querySelectorAll('button[data-act]')) {
      const { act: action } = button.dataset;
      button.hidden = action === 'remove' ? open
        : action === 'pause' ? phase !== 'running'
        : action === 'resume' ? phase !== 'paused'
        : !open;
    }
    this.#link(part('files'), run);
    // A button that gave way to another passes the focus on to it.
    if (focused && focused.closest('[hidden]')) {
      card.querySelector('button[data-act]:not([hidden])').focus();
    }
    // What tests compare with metrics.csv: the row that the text above was made from.
    Object.assign(card.dataset, { step, loss: lastMeasured(run, 'loss'), sharpness: lastMeasured(run, 'sharpness'), threshold: last(run, 'threshold'), eta });
  }

  #link(place, { id, files }) {
    const known = files.join();
    if (place.dataset.known !== known) {
      place.dataset.known = known;
      place.replaceChildren(...fileLinks(files, file => `/api/live/runs/${id}/${file}`));
    }
  }
}

const lastMeasured = (run, name) => run.columns[name]?.findLast(v => v !== null) ?? null;

// Steps per second over about the last two.
function speed(run) {
  const now = performance.now(), seen = run.seen ??= [];
  seen.push([now, last(run, 'step') ?? 0]);
  while (seen.length > 2 && now - seen[0][0] > 2000) { seen.shift(); }
  const [[t0, s0], [t1, s1]] = [seen[0], seen.at(-1)];
  return t1 > t0 ? Math.round(1000 * (s1 - s0) / (t1 - t0)) : '–';
}

// Terms and values, the same elements again and again.
function fill(list, pairs) {
  if (list.children.length === 0) {
    list.append(...pairs.flatMap(() => ['dt', 'dd']).map(tag => document.createElement(tag)));
  }
  pairs.flat().forEach((text, i) => { if (list.children[i].textContent !== text) { list.children[i].textContent = text; } });
}
