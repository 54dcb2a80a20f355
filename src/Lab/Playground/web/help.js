// What a panel shows and what its symbols mean, behind a question mark: for mouse, keyboard and touch alike.
import { make, withSubscripts } from './elements.js';

/** A button and what it opens, of a panel as the lab describes it: { name, sentence, terms: [{ term, meaning }] }. */
export function makeHelp({ name, sentence, terms }, id) {
  const button = make('button', { type: 'button', class: 'ask', 'aria-expanded': 'false', 'aria-controls': id, 'aria-label': `${name}: what is this?` }, '?');
  const answer = make('div', { id, class: 'answer', hidden: true }, make('p', {}, sentence),
    make('dl', { class: 'terms' }, ...terms.flatMap(t => [make('dt', {}, ...withSubscripts(t.term)), make('dd', {}, ...withSubscripts(t.meaning))])),
    make('p', {}, make('a', { href: '/glossary' }, 'all symbols and terms')));
  const open = wanted => {
    answer.hidden = !wanted;
    button.setAttribute('aria-expanded', String(wanted));
  };
  button.addEventListener('click', () => open(answer.hidden));
  for (const element of [button, answer]) {
    element.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !answer.hidden) {
        open(false);
        button.focus();
      }
    });
  }
  return { button, answer };
}
