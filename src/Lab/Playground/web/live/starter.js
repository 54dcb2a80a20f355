// The list of experiments, by name; what each is about stands below it, with what can be changed before it starts.
import { make } from '../elements.js';
import { get, post } from '../lab.js';

const First = 'edge-of-stability';

const labels = { learning_rate: 'η', seed: 'seed', steps: 'steps', width: 'widths', batch: 'batch' };
const hints = { width: 'of the hidden layers, with commas between them', batch: 'examples in a mini-batch; empty: all' };

export async function starter(form, say) {
  const [select, button, about, shape, explain, paused] =
    ['select', 'button', '.about', '.shape', '[name=explain]', '[name=paused]'].map(s => form.querySelector(s));
  const { experiments, problem } = await get('/api/live/experiments');
  if (problem) {
    say(problem);
  }
  select.replaceChildren(...experiments.map(e => new Option(e.name, e.name, false, e.name === First)));
  select.disabled = button.disabled = experiments.length === 0;
  const tell = () => {
    const chosen = experiments.find(e => e.name === select.value);
    explain.checked = explain.disabled = chosen?.explained ?? false;
    about.textContent = chosen?.description ?? '';
    shape.replaceChildren(...(chosen?.shape ?? []).map(({ name, value }) => make('label', { title: hints[name] }, labels[name],
      make('input', { name, value, inputmode: 'decimal', autocomplete: 'off', placeholder: name === 'batch' ? 'all' : undefined }))));
  };
  select.addEventListener('change', tell);
  tell();
  form.addEventListener('submit', async e => {
    e.preventDefault();
    try {
      const changed = [...shape.querySelectorAll('input')].filter(i => i.value !== i.defaultValue).map(i => [i.name, i.value.trim()]);
      const flags = [explain, paused].filter(box => box.checked).map(box => [box.name, '']);
      await post(`/api/live/runs?${new URLSearchParams([['experiment', select.value], ...changed, ...flags])}`);
      say('');
    } catch (error) {
      say(error.message);
    }
  });
}
