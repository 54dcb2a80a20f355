// Which of the runs stands on one side; the last one begun, until a person chooses.
export function chooser(select, choose) {
  let known = '';
  select.addEventListener('change', () => choose(select.value === '' ? null : Number(select.value)));
  return {
    show(runs, chosen) {
      const key = runs.map(r => r.id).join() + '/' + chosen;
      if (key !== known) {
        known = key;
        select.replaceChildren(new Option('no run', ''), ...runs.map(r => new Option(r.run.name, r.id, false, r.id === chosen)));
        select.value = chosen ?? '';
      }
    },
  };
}
