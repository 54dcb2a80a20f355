// The list of experiments, by name; what each is about stands below it.
import { get, post } from '../lab.js';

const First = 'edge-of-stability';

export async function starter(form, say) {
  const [select, button, about, explain] = ['select', 'button', '.about', '[name=explain]'].map(s => form.querySelector(s));
  const { experiments, problem } = await get('/api/live/experiments');
  if (problem) {
    say(problem);
  }
  select.replaceChildren(...experiments.map(e => new Option(e.name, e.name, false, e.name === First)));
  select.disabled = button.disabled = experiments.length === 0;
  const tell = () => {
    const chosen = experiments.find(e => e.name === select.value);
    explain.checked = explain.disabled = chosen?.explained ?? false;
    about.textContent = chosen ? `${chosen.description} ${chosen.steps.toLocaleString('en')} steps, η = ${chosen.learning_rate}.` : '';
  };
  select.addEventListener('change', tell);
  tell();
  form.addEventListener('submit', async e => {
    e.preventDefault();
    button.disabled = true;
    try {
      await post(`/api/live/runs?experiment=${encodeURIComponent(select.value)}${explain.checked ? '&explain' : ''}`);
      say('');
    } catch (error) {
      say(error.message);
    } finally {
      button.disabled = false;
    }
  });
}
