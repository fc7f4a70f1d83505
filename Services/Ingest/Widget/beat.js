// That this page is open, for the dot. An id for each page: a late farewell of the last page does not end this one.
const BEAT_MS = 15000;
const BEAT_HIDDEN_MS = 45000;
const tabId = newId();
const beat = {
  timer: 0,
  start() {
    beat.stop();
    beat.send(session.current, false);
    beat.timer = setTimeout(beat.start, document.hidden ? BEAT_HIDDEN_MS : BEAT_MS);
  },
  stop() {
    clearTimeout(beat.timer);
  },
  leave(who) {
    beat.stop();
    beat.send(who, true);
  },
  async send(who, leaving) {
    if (!who) return;
    const body = { tabId, page: here(), visible: !document.hidden && !leaving };
    if (leaving) body.leaving = true;
    try {
      // It outlives the page.
      const response = await request("POST", "/v1/beats", body, who.token, { keepalive: true });
      if (response.status === 401 && !leaving && who === session.current) await session.renew(who.token);
    } catch {}
  },
};
