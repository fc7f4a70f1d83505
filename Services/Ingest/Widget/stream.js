// The server's events, read with fetch since EventSource cannot send a token.
// Three of the server's heartbeats.
const SILENCE_MS = 45000;
// A tab that nobody looks at gives its connection back: a browser has six of them for all tabs.
const HIDDEN_MS = 60000;
const RECENT_MS = 20000;
const stream = {
  cursor: null,
  heardAt: 0,
  hiddenAt: document.hidden ? Date.now() : 0,
  abort: null,
  isRunning: false,
  isPaused: false,
  attempt: 1,

  // Nothing can come before the first message.
  get isWanted() {
    if (!session.current) return false;
    if (outbox.all().length) return true;
    if (document.hidden && Date.now() - stream.hiddenAt >= HIDDEN_MS) return false;
    return view.isOpen || store.get("begun") === session.current.conversationId;
  },
  async run() {
    if (stream.isRunning || stream.isPaused) return;
    stream.isRunning = true;
    for (stream.attempt = 1; stream.isWanted && !stream.isPaused; stream.attempt++) {
      trouble("stream", true);
      try {
        await stream.read();
      } catch {}
      view.typing(false);
      if (stream.isWanted) await nap(backOff(stream.attempt));
    }
    trouble("stream", false);
    stream.isRunning = false;
  },
  async read() {
    const { token, conversationId } = await session.get();
    const controller = new AbortController();
    stream.abort = () => controller.abort();
    let timer = 0;
    const hear = () => {
      stream.heardAt = Date.now();
      clearTimeout(timer);
      timer = setTimeout(stream.abort, SILENCE_MS);
    };
    hear();
    try {
      const headers = { Accept: "text/event-stream", Authorization: "Bearer " + token };
      if (stream.cursor) headers["Last-Event-ID"] = stream.cursor;
      const response = await fetch(server + "/v1/stream", { headers, cache: "no-store", signal: controller.signal });
      if (response.status === 401) return void (await session.renew(token));
      if (!response.ok) throw new Error("stream " + response.status);
      stream.attempt = 0;
      trouble("stream", false);
      // What was missed comes first; what is unseen after that may be lost.
      setTimeout(outbox.doubt, jittered(3000));
      if (!stream.cursor) view.hush();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ; ) {
        const { value, done } = await reader.read();
        if (done) return;
        hear();
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
          if (session.current?.conversationId !== conversationId) return;
          stream.take(block);
        }
      }
    } finally {
      clearTimeout(timer);
      controller.abort();
    }
  },
  take(block) {
    let [name, data, id] = ["message", "", ""];
    for (const line of block.split("\n")) {
      const [, field, value] = /^(\w+): ?([^]*)$/.exec(line) ?? [];
      if (field === "event") name = value;
      if (field === "id") id = value;
      if (field === "data") data += value;
    }
    if (data) {
      const event = JSON.parse(data);
      if (name === "message") thread.keep(event);
      if (name === "typing") view.typing(event.typing === true);
      if (name === "reset") {
        thread.clear();
        outbox.doubt();
      }
    }
    if (id) stream.cursor = id;
  },
  // Another conversation.
  restart() {
    stream.cursor = null;
    stream.reconnect();
  },
  reconnect() {
    stream.abort?.();
    wakeAll();
    stream.run();
  },
  // After a sleep or another network the old connection may be dead without a word.
  check() {
    if (Date.now() - stream.heardAt > RECENT_MS) stream.reconnect();
    else stream.run();
    wakeAll();
  },
};
