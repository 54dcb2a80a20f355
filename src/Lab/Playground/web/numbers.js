// Tables as the server packs them (NumberBlock.cs): a length, a JSON head, then columns of doubles.

/** Reads an answer: { head, tables: { name: { columns: { name: Float64Array }, rows } } }. */
export async function readBlock(response) {
  const buffer = await response.arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const { head, tables } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const read = {};
  let at = 4 + length;
  for (const { name, columns, rows } of tables) {
    read[name] = { rows, columns: {} };
    for (const column of columns) {
      read[name].columns[column] = new Float64Array(buffer, at, rows);
      at += rows * Float64Array.BYTES_PER_ELEMENT;
    }
  }
  return { head, tables: read };
}

/**
 * At most one piece of work at a time: while one runs only the newest value is kept, and it is always worked on in the end.
 * So a slider that moves faster than pictures come never falls behind and never stops short.
 */
export function latest(work) {
  let running = false;
  let next = null;
  return async value => {
    next = { value };
    if (running) {
      return;
    }
    running = true;
    try {
      while (next) {
        const { value: newest } = next;
        next = null;
        await work(newest);
      }
    } finally {
      running = false;
    }
  };
}
