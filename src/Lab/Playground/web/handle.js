// The start of a path, to be dragged over its plot or moved by arrow keys. Its position is that of sliders, which clamp and round it.
import { make } from './elements.js';

const keys = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] };
const many = 10; // steps of a slider with Shift

export class Handle {
  #plot; #inputs; #height; #changed;

  /** inputs: the sliders of x and, unless height gives it for an x, of y. changed is called with whether the movement has ended. */
  constructor(plot, inputs, height, changed) {
    [this.#plot, this.#inputs, this.#height, this.#changed] = [plot, inputs, height, changed];
    this.element = make('button', { type: 'button', class: 'handle', hidden: true });
    this.element.addEventListener('pointerdown', event => this.#grab(event));
    this.element.addEventListener('keydown', event => this.#onKey(event));
    new ResizeObserver(() => this.place()).observe(plot);
  }

  /** Puts it where the sliders stand; called after each picture. */
  place() {
    const { xaxis, yaxis } = this.#plot._fullLayout ?? {};
    if (!xaxis) {
      return;
    }
    const x = Number(this.#inputs[0].value), y = this.#height ? this.#height(x) : Number(this.#inputs[1].value);
    const [left, top] = [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)];
    const inside = (at, axis) => at >= axis._offset - 1 && at <= axis._offset + axis._length + 1;
    this.element.hidden = !(inside(left, xaxis) && inside(top, yaxis)) && document.activeElement !== this.element;
    Object.assign(this.element.style, { left: `${left}px`, top: `${top}px` });
    const where = this.#inputs.map(i => `${i.dataset.symbol} = ${i.value.replace('-', '−')}`).join(', ');
    this.element.setAttribute('aria-label', `Start of the path, ${where}. Drag it or move it with the arrow keys.`);
  }

  #grab(event) {
    event.preventDefault();
    this.element.focus();
    this.element.setPointerCapture(event.pointerId);
    const move = ({ clientX, clientY }) => {
      const box = this.#plot.getBoundingClientRect(), { xaxis, yaxis } = this.#plot._fullLayout;
      this.#set([xaxis.p2d(clientX - box.left - xaxis._offset), yaxis.p2d(clientY - box.top - yaxis._offset)], false);
    };
    const end = () => {
      this.element.removeEventListener('pointermove', move);
      this.#changed(true);
    };
    this.element.addEventListener('pointermove', move);
    this.element.addEventListener('lostpointercapture', end, { once: true });
  }

  #onKey(event) {
    const [index, direction] = keys[event.key] ?? [];
    const input = this.#inputs[index];
    if (!input || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const values = this.#inputs.map(i => Number(i.value));
    values[index] += direction * Number(input.step) * (event.shiftKey ? many : 1);
    this.#set(values, true);
  }

  #set(values, ended) {
    this.#inputs.forEach((input, i) => { input.value = values[i]; });
    this.place();
    this.#changed(ended);
  }
}
