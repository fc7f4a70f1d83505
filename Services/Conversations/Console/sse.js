/**
 * The events of a Server-Sent Events body: `{name, data, id}`, data parsed as JSON or null, id null where there is none.
 * `heard` is called with everything that comes, comments too.
 */
export async function* eventsOf(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const event = parse(block);
        if (event.data !== null || event.id !== null) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parse(block) {
  let name = "message";
  let id = null;
  const data = [];
  for (const line of block.split("\n")) {
    // A dot would stop at U+2028, which a text may have.
    const [, field, value] = /^(event|data|id): ?([^]*)$/.exec(line) ?? [];
    if (field === "event") name = value;
    if (field === "data") data.push(value);
    if (field === "id") id = value;
  }
  return { name, id, data: data.length > 0 ? JSON.parse(data.join("\n")) : null };
}
