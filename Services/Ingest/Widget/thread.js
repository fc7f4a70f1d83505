// The messages on the screen: what the stream has shown, in its order, then what waits in the outbox.
const thread = {
  // By side and the sender's id: "c.…" customer, "s.…" staff.
  rows: new Map(),
  isArranging: false,

  isKept(id) {
    return thread.rows.get("c." + id)?.isKept === true;
  },
  row(key, sender) {
    let row = thread.rows.get(key);
    if (!row) {
      const text = h("div.text", { dir: "auto" });
      const bubble = h("div.bubble", {}, text);
      const date = h("div.day");
      const meta = h("div.meta");
      row = { key, sender, text, bubble, date, meta, node: h("li." + sender, {}, date, bubble, meta), name: "" };
      row.node.row = row;
      thread.rows.set(key, row);
    }
    return row;
  },
  show(row, text, at) {
    row.at = at;
    row.bubble.title = new Date(at).toLocaleString();
    row.text.replaceChildren(...linked(readable(text)));
    thread.arrange();
  },
  state(row, state) {
    row.state?.remove();
    row.state = h("span.state", { role: "img", "aria-label": state, title: state }, icon(state));
    row.bubble.append(row.state);
    row.node.classList.toggle("refused", state === "Not sent");
  },
  keep(message) {
    const key = message.id.slice(message.conversationId.length + 1);
    const row = thread.row(key, message.sender === "staff" ? "staff" : "customer");
    if (row.isKept) return;
    row.isKept = true;
    row.name = message.author?.name ?? "";
    row.node.dataset.message = message.id;
    row.actions?.remove();
    // What moves is read out again.
    if (row.node !== view.list.lastChild) view.list.append(row.node);
    // What waits stays below.
    for (const other of thread.rows.values()) if (!other.isKept) view.list.append(other.node);
    store.set("begun", message.conversationId);
    if (row.sender === "customer") {
      thread.state(row, "Sent");
      outbox.remove(key.slice(2));
    } else {
      view.typing(false);
    }
    thread.show(row, message.text, Date.parse(message.at));
    contact.update();
  },
  pending(entry) {
    const isNew = !thread.rows.has("c." + entry.id);
    const row = thread.row("c." + entry.id, "customer");
    if (row.isKept) return;
    if (session.current) row.node.dataset.message = session.current.conversationId + ".c." + entry.id;
    thread.state(row, entry.refused ? "Not sent" : entry.round ? "Sent" : "Sending");
    row.actions?.remove();
    if (entry.refused) {
      row.actions = h("div.actions", {}, "Not sent", h("button", { click: () => thread.retry(entry) }, "Retry"),
        h("button", { click: () => thread.drop(entry.id) }, "Discard"));
      row.bubble.after(row.actions);
    }
    if (!isNew) return;
    view.list.append(row.node);
    thread.show(row, entry.text, entry.at);
  },
  retry(entry) {
    if (entry.refused !== 409) {
      outbox.change(entry.id, { refused: undefined, until: 0 });
      return outbox.drain();
    }
    // The id is another message's.
    thread.drop(entry.id);
    view.send(entry.text);
  },
  drop(id, isQuiet) {
    outbox.remove(id);
    const row = thread.rows.get("c." + id);
    if (!row || row.isKept) return;
    row.node.remove();
    thread.rows.delete("c." + id);
    thread.arrange();
    if (!isQuiet) view.input.focus();
  },
  // Once for all that came together: who begins and ends a run of messages, the days, the place and what is unread.
  arrange() {
    if (thread.isArranging) return;
    thread.isArranging = true;
    queueMicrotask(() => {
      thread.isArranging = false;
      const ordered = [...view.list.children].map((node) => node.row);
      const runs = (a, b) => a && b && a.sender === b.sender && a.name === b.name && Math.abs(b.at - a.at) < 300000;
      const days = new Set(ordered.map((row) => day(row.at)));
      ordered.forEach((row, index) => {
        const previous = ordered[index - 1];
        const isLast = !runs(row, ordered[index + 1]);
        const isNewDay = days.size > 1 && day(previous?.at ?? 0) !== day(row.at);
        put(row.date, isNewDay ? day(row.at) : "");
        row.node.classList.toggle("first", !runs(previous, row));
        row.node.classList.toggle("last", isLast);
        const who = row.sender === "staff" ? (row.name || view.name) + " · " : "";
        put(row.meta, isLast ? who + clock(row.at) : "");
        row.node.dataset.initials = row.sender === "staff" ? initials(row.name || view.name) : "";
      });
      const last = ordered.at(-1);
      if (last && last !== thread.last && (view.isAtEnd || last.sender === "customer")) view.toEnd();
      thread.last = last;
      unread.update(ordered);
    });
  },
  clear() {
    view.hush();
    thread.rows.clear();
    view.list.replaceChildren();
    outbox.all().forEach(thread.pending);
    thread.arrange();
  },
};

// Staff's messages after the last that any tab of this browser has shown.
const unread = {
  count: 0,
  update(rows) {
    const kept = rows.filter((row) => row.isKept && row.sender === "staff");
    if (view.isOpen && !document.hidden && kept.length) {
      store.set("read", kept.at(-1).key);
      view.badge((unread.count = 0));
      return;
    }
    // All of them where none has been shown.
    const count = kept.length - 1 - kept.findIndex((row) => row.key === store.get("read"));
    if (count > unread.count) view.announce(kept.at(-1));
    view.badge((unread.count = count));
  },
};
