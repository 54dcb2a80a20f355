// Elements without innerHTML: whatever comes from a server stays text.

/** Makes an element: its attributes, then its children, elements or texts. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? '' : value);
    }
  }
  element.append(...children);
  return element;
}

/** A table: header texts, and rows of elements or texts. */
export const makeTable = (className, caption, header, rows) => make('table', { class: className }, make('caption', {}, caption),
  make('thead', {}, make('tr', {}, ...header.map(h => make('th', { scope: 'col' }, h)))), make('tbody', {}, ...rows));

/** A text in which λ_max and x_{t−1} get their subscripts. */
export const withSubscripts = text => text.split(/(?<=(?<!\p{L})\p{L})_(?:\{([^}]*)\}|(\p{L}+))/u).filter(part => part !== undefined)
  .map((part, i) => i % 2 ? make('sub', {}, part) : part);

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** All digits of a number: 0.035, 2.5·10⁻⁹. */
export const numberText = value => String(value).replace(/e([+-]?)(\d+)/, (_, sign, digits) =>
  `·10${sign === '-' ? '⁻' : ''}${[...digits].map(d => superscripts[d]).join('')}`).replace('-', '−');
