// The page of live training. ?runs=1,2 shows only these at first.
import { Cards } from './cards.js';
import { Details } from './details.js';
import { Figure } from './figure.js';
import { Happenings } from './happenings.js';
import { picture } from './picture.js';
import { Runs } from './runs.js';
import { starter } from './starter.js';
import { RowTable } from './rowtable.js';
import { panels } from './terms.js';

const at = id => document.getElementById(id);
const asked = new URLSearchParams(location.search).get('runs')?.split(',').map(Number);
let [message, connection, chosen] = ['', '', null];
const say = text => { message = text; at('message').textContent = connection || message; };

const shown = () => runs.all.filter(r => !cards.hidden.has(r.id));
const cards = new Cards(at('runs'), at('card'), say);
const details = new Details(() => figure.draw());
const figure = new Figure(at('figure'), 'Loss, sharpness over threshold, gradient components and displacement of the runs that are shown, step by step',
  (range, width) => picture(shown(), range, width, chosen, (run, steps) => details.of(run, steps)), panels);
const table = new RowTable(at('table'));
const happenings = new Happenings(at('happened'), at('none'), at('ahead'), ({ run, kind, record, range }) => {
  chosen = kind === 'spike' ? { run: run.id, spike: record.id } : null;
  figure.zoom(range);
  at('figure').scrollIntoView({ block: 'nearest' });
}, say);

const runs = new Runs(() => {
  if (runs.received === 1 && asked) {
    runs.all.filter(r => !asked.includes(r.id)).forEach(r => cards.hidden.add(r.id));
  }
  cards.show(runs.all, changed);
  at('start-hint').hidden = runs.all.length > 0;
  changed();
}, text => { connection = text; say(message); });

function changed() {
  happenings.show(shown());
  table.show(shown());
  figure.draw();
  document.body.dataset.received = runs.received;
}

at('whole').addEventListener('click', () => { chosen = null; figure.zoom(null); });
starter(at('start'), say).catch(e => say(e.message));
