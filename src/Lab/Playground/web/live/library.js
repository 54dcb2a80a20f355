// The list of all runs: find, sort, choose; what is chosen is drawn together or side by side, and its settings in one table.
import { make } from '../elements.js';
import { get, post } from '../lab.js';
import { fileLinks, reportLink } from './files.js';

const columns = [['name', 'Run'], ['written', 'Written'], ['outcome', 'Outcome'], ['learning_rate', 'η'], ['optimizer', 'Optimizer'], ['model', 'Model'],
  ['data', 'Data'], ['seed', 'Seed'], ['steps', 'Steps'], ['spikes', 'Spikes'], ['final_loss', 'Final loss']];
const words = {
  outcome: run => run.outcome?.replaceAll('_', ' ') ?? 'not ended',
  written: run => new Date(run.written).toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }),
  steps: run => run.steps?.toLocaleString('en'),
  final_loss: run => run.final_loss?.toPrecision(4),
};

const at = id => document.getElementById(id);
const say = text => { at('message').textContent = text; };
const chosen = new Set();
let [all, count, order, down] = [[], 0, 'written', true];

const text = (run, key) => words[key]?.(run) ?? run[key] ?? '–';
const value = (run, key) => run[key] ?? '';

function show() {
  const asked = at('filter').value.toLowerCase();
  const found = all.filter(run => columns.some(([key]) => String(text(run, key)).toLowerCase().includes(asked)));
  found.sort((a, b) => (down ? -1 : 1) * (value(a, order) < value(b, order) ? -1 : value(a, order) > value(b, order) ? 1 : 0));
  at('heads').replaceChildren(make('td'), ...columns.map(head), make('th', { scope: 'col' }, 'Report'));
  at('list').replaceChildren(...found.map(row));
  at('count').textContent = `${found.length.toLocaleString('en')} of ${count.toLocaleString('en')} runs`;
  document.body.dataset.listed = found.length;
}

function head([key, name]) {
  const button = make('button', { type: 'button', 'data-key': key }, name);
  button.addEventListener('click', () => {
    [order, down] = [key, key === order && !down];
    show();
    document.querySelector(`#heads [data-key=${key}]`).focus();
  });
  return make('th', { scope: 'col', 'aria-sort': key === order ? down ? 'descending' : 'ascending' : undefined }, button);
}

function row(run) {
  const box = make('input', { type: 'checkbox', 'aria-label': `choose ${run.name}` });
  box.checked = chosen.has(run.name);
  box.addEventListener('change', () => { chosen[box.checked ? 'add' : 'delete'](run.name); settings(); });
  return make('tr', { 'data-run': run.name }, make('td', {}, box), ...columns.map(([key], i) => i === 0
    ? make('th', { scope: 'row', title: run.path }, run.name, ...(run.problem ? [make('p', { class: 'error' }, run.problem)] : []))
    : make('td', { class: typeof run[key] === 'number' ? 'number' : undefined }, String(text(run, key)))),
  make('td', {}, ...reportLink(run.files, addressOf(run))));
}

const addressOf = run => file => `/api/runs/${file}?run=${encodeURIComponent(run.name)}`;

// A row for each group of settings; those in which the chosen runs differ are marked.
function settings() {
  const runs = all.filter(run => chosen.has(run.name)), table = document.querySelector('.settings');
  const keys = [...new Set(runs.flatMap(run => run.settings.map(s => s.key)))];
  const of = (run, key) => run.settings.find(s => s.key === key)?.value ?? '–';
  at('none').hidden = runs.length > 0;
  table.parentElement.hidden = runs.length === 0;
  table.querySelector('caption').textContent = runs.length > 1 ? 'As in config.yaml; ≠ marks what differs' : 'As in config.yaml';
  table.querySelector('thead').replaceChildren(make('tr', {}, make('td'), ...runs.map(run => make('th', { scope: 'col' }, run.name))));
  table.querySelector('tbody').replaceChildren(...keys.map(key => {
    const differs = new Set(runs.map(run => of(run, key))).size > 1;
    return make('tr', { class: differs ? 'differs' : undefined }, make('th', { scope: 'row' }, differs ? `${key} ≠` : key),
      ...runs.map(run => make('td', {}, ...difference(of(run, key), runs.map(r => of(r, key))))));
  }), make('tr', {}, make('th', { scope: 'row' }, 'folder'), ...runs.map(run => make('td', {}, run.path))),
  make('tr', {}, make('th', { scope: 'row' }, 'files'), ...runs.map(run =>
    make('td', {}, make('div', { class: 'files' }, ...fileLinks(run.files, addressOf(run)))))));
}

// The parts of a text that not all have.
const difference = (own, others) => own.split(', ').flatMap((part, i) =>
  [...(i > 0 ? [', '] : []), others.every(o => o.split(', ').includes(part)) ? part : make('strong', {}, part)]);

// The lab reads the folders of those that are chosen; its answer is their numbers on the other pages.
async function open(least, most, go) {
  const names = all.map(run => run.name).filter(name => chosen.has(name));
  if (names.length < least || names.length > most) {
    say(most === least ? `Choose ${least} runs first.` : `Choose ${least} to ${most} runs first.`);
    return;
  }
  try {
    const ids = [];
    for (const name of names) {
      ids.push((await post(`/api/live/open?run=${encodeURIComponent(name)}`)).id);
    }
    location.assign(go(ids));
  } catch (e) {
    say(e.message);
  }
}

at('together').addEventListener('click', () => open(1, 8, ids => `/live?runs=${ids.join()}`));
at('beside').addEventListener('click', () => open(2, 2, ([left, right]) => `/compare?toy=${left}&network=${right}`));
at('filter').addEventListener('input', show);
try {
  ({ runs: all, count } = await get('/api/runs'));
  show();
  say(count === 0 ? 'There is no run yet: start one on the page of live training, or with lab run.' : '');
} catch (e) {
  say(e.message);
}
