// The list of experiments, by name; what each is about stands below it.
import { get, post } from './api.js';

const First = 'edge-of-stability';

export async function starter(form, say, more = () => {}) {
  const [select, button, about] = [form.querySelector('select'), form.querySelector('button'), form.querySelector('.about')];
  const { experiments, problem } = await get('/api/live/experiments');
  if (problem) {
    say(problem);
  }
  select.replaceChildren(...experiments.map(e => new Option(e.name, e.name, false, e.name === First)));
  select.disabled = button.disabled = experiments.length === 0;
  const tell = () => {
    const chosen = experiments.find(e => e.name === select.value);
    about.textContent = chosen ? `${chosen.description} ${chosen.steps} steps, η = ${chosen.learning_rate}.${chosen.explained ? ' Spikes are explained and forecast.' : ''}` : '';
  };
  select.addEventListener('change', tell);
  tell();
  form.addEventListener('submit', async e => {
    e.preventDefault();
    button.disabled = true;
    try {
      more((await post(`/api/live/runs?experiment=${encodeURIComponent(select.value)}`)).id);
      say('');
    } catch (error) {
      say(error.message);
    } finally {
      button.disabled = false;
    }
  });
  return experiments;
}
