// What is being typed: kept here until it is sent, and shown to staff unless the dealership has switched that off.
const DRAFT_MS = 250;
const DRAFT_CHARACTERS = 2000;
const draft = {
  text: "",
  told: "",
  toldAt: 0,
  timer: 0,
  flight: null,

  changed(text) {
    if (text) store.set("draft", text);
    else store.remove("draft");
    // By characters: half of a pair is none.
    draft.text = Array.from(text).slice(-DRAFT_CHARACTERS).join("");
    draft.schedule();
  },
  schedule() {
    clearTimeout(draft.timer);
    if (draft.text === draft.told) return;
    draft.timer = setTimeout(draft.push, draft.toldAt + DRAFT_MS - Date.now());
  },
  // Not while a message is on its way: it would close this draft as its own. Who ends what is waited for schedules again.
  push() {
    if (draft.flight || outbox.isSending || draft.text === draft.told || !session.current) return;
    draft.told = draft.text;
    if (session.current.previews === false) return;
    draft.toldAt = Date.now();
    const revision = Math.max(draft.toldAt, Number(store.get("revision")) + 1 || 0);
    store.set("revision", String(revision));
    const done = () => {
      draft.flight = null;
      draft.schedule();
    };
    draft.flight = call("PUT", "/v1/draft", { revision, text: draft.text }).then(done, done);
  },
  // The message replaces the draft on the staff's screen; only where it must wait for others is the draft emptied first.
  sent(isNext) {
    draft.text = "";
    if (isNext) draft.told = "";
    else draft.push();
    // What is being written stays when something else was sent.
    draft.changed(view.input.value);
  },
  settled() {
    // It may arrive after the message: then it is emptied once more.
    const doubt = () => {
      if (draft.flight) draft.told = null;
    };
    return draft.flight && Promise.race([draft.flight, nap(2000).then(doubt)]);
  },
};
