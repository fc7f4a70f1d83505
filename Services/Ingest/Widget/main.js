// Another conversation than before, or the first one here.
const whenMoved = (previous) => {
  const { conversationId } = session.current;
  outbox.move(conversationId);
  if (previous) thread.clear();
  contact.update();
  beat.start();
  stream.restart();
  outbox.drain();
};
// Text that staff need not be told again.
const refill = (text) => {
  draft.text = draft.told = text;
  view.write(text);
};
const whenOpened = () => {
  if (session.current) stream.run();
  else begin();
};
// Here or in another tab.
const whenEnded = (last) => {
  beat.leave(last);
  stream.restart();
  refill("");
  thread.clear();
  contact.update();
  view.typing(false);
};
// The session is as the storage says: another tab, or the page after this one, may have changed it.
const follow = () => {
  const stored = session.stored();
  if (stored) return session.adopt(stored);
  const last = session.current;
  session.era += 1;
  session.current = null;
  if (last) whenEnded(last);
};
const end = () => {
  const last = session.current;
  const revision = Date.now() + 1;
  if (draft.told !== "" && last) request("PUT", "/v1/draft", { revision, text: "" }, last.token).catch(() => {});
  session.forget();
  whenEnded(last);
  view.open(false);
};

let isBeginning = false;
const begin = async () => {
  if (isBeginning) return;
  isBeginning = true;
  for (let attempt = 0; ; attempt++) {
    try {
      // Also where there is one: the server says whether the conversation goes on.
      await session.renew(session.current?.token);
      break;
    } catch (error) {
      if (error.message === "ended") break;
      if (error.status === 403 || error.status === 404) {
        console.warn("DirectChat: this page may not chat for " + shop + " (" + error.status + ")");
        return host.remove();
      }
      // Nothing shows before the dealership has answered once: to a page that may not chat, a refusal looks like an
      // absent server. So it asks ever less often.
      await nap(backOff(attempt, session.current ? 20000 : 300000));
    }
  }
  isBeginning = false;
};

view.build();
view.badge(0);
refill(store.get("draft") ?? "");
const known = session.stored();
if (known) {
  session.current = known;
  view.dress(known);
}
outbox.all().forEach(thread.pending);
if (tab.isOpen) view.open(true, true);
begin().then(() => {
  if (beat.timer === 0) beat.start();
  outbox.drain();
  stream.run();
});

addEventListener("storage", ({ key, oldValue, newValue }) => {
  // All of it was cleared.
  if (key === null) key = PREFIX + "session";
  if (!key.startsWith(PREFIX)) return;
  const name = key.slice(PREFIX.length);
  if (name === "session") follow();
  if (name.startsWith("out.")) {
    const entry = store.json(name);
    if (entry) thread.pending(entry);
    // Discarded there, unless the stream is about to show it here too.
    else setTimeout(thread.drop, 3000, name.slice(4), true);
    // The tab that wrote it sends it; this one, if that one is gone.
    setTimeout(outbox.drain, jittered(3000));
    stream.run();
  }
  if (name === "begun") stream.run();
  if (name === "contact") contact.update();
  if (name === "read") thread.arrange();
  if (name === "draft" && (view.input.value === (oldValue ?? "") || !document.hasFocus())) refill(newValue ?? "");
});
document.addEventListener("visibilitychange", () => {
  stream.hiddenAt = Date.now();
  // A page that is left hides first: were that told too, it might arrive after the farewell and end it.
  beat.stop();
  if (session.current) beat.timer = setTimeout(beat.start, document.hidden ? 1000 : 0);
  if (document.hidden) {
    setTimeout(() => {
      if (!stream.isWanted) stream.abort?.();
    }, HIDDEN_MS + 1000);
    return;
  }
  stream.check();
  outbox.drain();
  thread.arrange();
});
addEventListener("online", () => {
  stream.reconnect();
  outbox.drain();
});
addEventListener("pagehide", () => {
  beat.leave(session.current);
  stream.isPaused = true;
  stream.abort?.();
});
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  stream.isPaused = false;
  follow();
  if (!session.current) view.open(false, true);
  beat.start();
  outbox.all().forEach(thread.pending);
  stream.reconnect();
  outbox.drain();
});
// The keyboard of a phone covers a fixed card: it keeps to what is visible. Fingers that zoom in are no keyboard.
visualViewport?.addEventListener("resize", () => {
  view.frame.style.setProperty("--height", visualViewport.height * visualViewport.scale + "px");
  view.follow();
});
