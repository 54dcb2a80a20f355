// The page of live training.
import { Cards } from './cards.js';
import { Figure } from './figure.js';
import { picture } from './picture.js';
import { Runs } from './runs.js';
import { Spikes } from './spikes.js';
import { starter } from './starter.js';
import { RowTable } from './rowtable.js';

const at = id => document.getElementById(id);
let [message, connection, chosen] = ['', '', null];
const say = text => { message = text; at('message').textContent = connection || message; };

const shown = () => runs.all.filter(r => !cards.hidden.has(r.id));
const cards = new Cards(at('runs'), at('card'), say);
const figure = new Figure(at('figure'), 'Loss, sharpness over threshold, gradient components and displacement of the runs that are shown, step by step',
  (range, width) => picture(shown(), range, width, chosen));
const table = new RowTable(at('table'));
const spikes = new Spikes(at('spikes'), at('none'), at('ahead'), (run, spike) => {
  chosen = { run: run.id, spike: spike.id };
  const margin = Math.max(10, (spike.end_step - spike.onset_step) / 2);
  figure.zoom([spike.onset_step - margin, spike.end_step + margin]);
  at('figure').scrollIntoView({ block: 'nearest' });
}, say);

const runs = new Runs(() => {
  cards.show(runs.all, changed);
  at('start-hint').hidden = runs.all.length > 0;
  changed();
}, text => { connection = text; say(message); });

function changed() {
  spikes.show(shown());
  table.show(shown());
  figure.draw();
  document.body.dataset.received = runs.received;
}

at('whole').addEventListener('click', () => { chosen = null; figure.zoom(null); });
starter(at('start'), say).catch(e => say(e.message));
