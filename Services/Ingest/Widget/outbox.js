// What the visitor has sent and the stream has not shown yet: one key a message, so that tabs cannot overwrite each
// other's. An answer of 202 is not the end: only the stream proves that staff can see it.
const SEEN_MS = 8000;
const SEEN_MAX_MS = 120000;
const outbox = {
  isSending: false,
  isDraining: false,
  timer: 0,

  all() {
    const all = [];
    for (const key of store.keys("out.")) {
      const entry = store.json(key);
      if (typeof entry?.text === "string" && key === "out." + entry.id) all.push(entry);
    }
    return all;
  },
  save(entry) {
    store.set("out." + entry.id, JSON.stringify(entry));
  },
  add(text, about) {
    const entry = { id: newId(), text, about, at: Date.now() };
    outbox.save(entry);
    return entry;
  },
  change(id, change) {
    const entry = store.json("out." + id);
    if (!entry) return;
    outbox.save({ ...entry, ...change });
    thread.pending({ ...entry, ...change });
  },
  remove(id) {
    store.remove("out." + id);
  },
  // Those that are not known to have arrived are sent again, all of them, so that their order stays.
  doubt() {
    for (const entry of outbox.all()) if (entry.until) outbox.change(entry.id, { until: 0 });
    outbox.drain();
  },
  // The one to send now.
  next() {
    const now = Date.now();
    const waiting = outbox.all().filter((entry) => {
      if (!thread.isKept(entry.id)) return !entry.refused;
      outbox.remove(entry.id);
      return false;
    });
    // A clock that was set back must not hold it for years.
    const isHeld = (entry) => entry.until > now && entry.until < now + SEEN_MAX_MS;
    const first = waiting.find((entry) => !isHeld(entry));
    clearTimeout(outbox.timer);
    if (!first && waiting.length) {
      outbox.timer = setTimeout(outbox.doubt, Math.min(...waiting.map((entry) => entry.until)) - now);
    }
    return first;
  },
  async drain() {
    if (outbox.isDraining) return;
    outbox.isDraining = true;
    for (let attempt = 0; outbox.next(); ) {
      const isDone = await exclusive("send", outbox.sendFirst).catch(() => false);
      attempt = isDone ? 0 : attempt + 1;
      trouble("outbox", !isDone);
      draft.schedule();
      if (!isDone) await nap(backOff(attempt));
    }
    // The last one may have been shown, sent by another tab or discarded meanwhile.
    trouble("outbox", false);
    outbox.isDraining = false;
  },
  async sendFirst() {
    const entry = outbox.next();
    if (!entry) return true;
    outbox.isSending = true;
    try {
      // A draft that came in after the message would show it twice.
      await draft.settled();
      // The chat may have been ended meanwhile.
      if (!store.get("out." + entry.id)) return true;
      const message = { clientMessageId: entry.id, text: entry.text, contact: entry.about };
      const response = await call("POST", "/v1/messages", message, { keepalive: true });
      const { status } = response;
      if (response.ok) {
        const round = (entry.round ?? 0) + 1;
        const until = Date.now() + jittered(Math.min(SEEN_MAX_MS, SEEN_MS * 2 ** round));
        outbox.change(entry.id, { round, until, conversation: session.current?.conversationId });
        return true;
      }
      if (status < 400 || status >= 500 || [401, 408, 425, 429].includes(status)) return false;
      // The words count more than what is shared with them.
      outbox.change(entry.id, entry.about ? { about: undefined } : { refused: status });
      return true;
    } finally {
      outbox.isSending = false;
    }
  },
  // What an earlier conversation has taken belongs there; the rest goes to the new one.
  move(conversationId) {
    for (const { id, conversation } of outbox.all()) {
      if (conversation && conversation !== conversationId) outbox.remove(id);
    }
  },
};
