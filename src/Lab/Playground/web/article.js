// The page of the article: figures are drawn when they come near the window, links open them with their values.
import { Figure } from './figure.js';
import { get } from './lab.js';

const status = document.getElementById('status');

try {
  const figures = (await get('/api/figures')).map(about => new Figure(about));
  const named = figures.find(f => `#${f.element.id}` === location.hash);
  const query = [...new URLSearchParams(location.search)];
  (named ?? figures.find(f => query.length > 0 && query.every(([name]) => f.element.querySelector(`[name="${CSS.escape(name)}"]`))))?.place(query);
  named?.element.querySelector('h2').focus({ preventScroll: true });
  named?.element.scrollIntoView();
  status.textContent = 'The article’s claims are being measured on this machine…';

  // The claims keep a core busy for a while: they come after the first pictures.
  await new Promise(done => {
    const near = new IntersectionObserver(entries => done(Promise.all(entries.filter(e => e.isIntersecting).map(({ target }) => {
      near.unobserve(target);
      return figures.find(f => f.element === target).show();
    }))), { rootMargin: '200px' });
    figures.forEach(f => near.observe(f.element));
  });
  const claims = await get('/api/claims');
  figures.forEach(f => f.setClaims(claims));
  const count = verdict => claims.filter(c => c.verdict === verdict).length;
  status.textContent = `${claims.length} claims of the article measured on this machine: ` +
    `${count('confirmed')} confirmed, ${count('partly')} partly, ${count('contradicted')} contradicted.`;
  document.body.dataset.claims = claims.length;
} catch (error) {
  status.textContent = error.message;
  status.className = 'error';
}
