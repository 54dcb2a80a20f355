// Links to the files of a run folder: its report, its figures behind one word, the rest by name.
import { make } from '../elements.js';

const link = (file, text, address) => make('a', { href: address(file), target: '_blank', rel: 'noopener' }, text);

const report = 'report.html';

/** The link to the report alone, where there is one. address(file) is where a file is. */
export const reportLink = (files, address) => files.includes(report) ? [link(report, 'report', address)] : [];

/** Links to all of them. */
export function fileLinks(files, address) {
  const figures = files.filter(f => /\.(png|svg)$/.test(f));
  return [
    ...reportLink(files, address), ...files.filter(f => f !== report && !figures.includes(f)).map(f => link(f, f, address)),
    ...(figures.length === 0 ? []
      : [make('details', {}, make('summary', {}, `${figures.length} figures`), make('ul', {}, ...figures.map(f => make('li', {}, link(f, f, address)))))]),
  ];
}
