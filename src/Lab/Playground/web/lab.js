// What the pages ask of the lab. The cookie that the token was exchanged for goes along by itself.

const gone = 'The lab does not answer. If it has ended, start it again with lab playground and open the address that it prints.';

/** Asks the lab; what it refuses becomes an error with its sentence. */
export async function ask(address, options) {
  const response = await fetch(address, options).catch(error => { throw options?.signal?.aborted ? error : new Error(gone); });
  if (!response.ok) {
    throw new Error((await response.text()).trim() || `The lab answered ${response.status}.`);
  }
  return response;
}

export const get = async path => (await ask(path)).json();

export const post = async path => (await ask(path, { method: 'POST' })).json();

/** Reads server-sent events as they come, until the lab ends them. */
export async function listen(address, signal, opened, take) {
  const texts = (await ask(address, { signal })).body.pipeThrough(new TextDecoderStream()).getReader();
  opened();
  let [pending, searched] = ['', 0];
  for (;;) {
    const { value, done } = await texts.read().catch(error => signal.aborted ? Promise.reject(error) : { done: true });
    if (done) {
      throw new Error(gone);
    }
    pending += value;
    for (let end; (end = pending.indexOf('\n\n', searched)) >= 0; searched = 0) {
      take(JSON.parse(pending.slice('data: '.length, end)));
      pending = pending.slice(end + 2);
    }
    searched = Math.max(0, pending.length - 1);
  }
}
