// What the pages ask of the lab. Actions carry the token that only our own page knows.
const token = document.querySelector('meta[name=token]').content;

async function answer(response) {
  if (!response.ok) {
    throw new Error((await response.text()).trim() || `the lab answered ${response.status}`);
  }
  return response.json();
}

export const get = async path => answer(await fetch(path));

export const post = async path => answer(await fetch(path, { method: 'POST', headers: { 'X-Playground-Token': token } }));

export const act = (id, action) => post(`/api/live/runs/${id}/${action}`);
