// <script src="https://…/widget.js" data-dealership="ID" async></script>
// The files of this folder are joined into one function in the order that WidgetScript names. No globals, no markup from
// text, one element on the page.
const script = document.currentScript ?? document.querySelector("script[data-dealership][src*='/widget.js']");
const shop = script?.dataset.dealership;
// Some pages load it twice: the first one stays.
if (!shop || document.querySelector("directchat-widget")) return;
const server = new URL(script.src).origin;
const host = document.createElement("directchat-widget");
// Not in the body: there it could be the page's :last-child, or fixed within the page's transform.
document.documentElement.append(host);

const PREFIX = "directchat." + shop + ".";
const TIMEOUT_MS = 15000;
// Without its query: a dealer's mails put their readers' addresses there.
const here = () => location.href.split(/[?#]/)[0].slice(0, 500);

// Grows also when the clock does not: the outbox is sorted by it.
let lastTime = 0;
const newId = () => {
  lastTime = Math.max(Date.now(), lastTime + 1);
  const random = crypto.getRandomValues(new Uint8Array(10));
  return lastTime.toString(36).padStart(9, "0") + Array.from(random, (byte) => byte.toString(36).padStart(2, "0")).join("");
};

// Says that the connection is bad, once it has been for a while: most faults heal before anybody needs to know.
const UNSTABLE_MS = 15000;
const troubles = new Set();
let troubleTimer = 0;
const trouble = (what, is) => {
  if (is) troubles.add(what);
  else troubles.delete(what);
  if (is) troubleTimer ||= setTimeout(view.unstable, UNSTABLE_MS, true);
  if (troubles.size) return;
  clearTimeout(troubleTimer);
  troubleTimer = 0;
  view.unstable(false);
};

// Half of it fixed, half drawn: a server that comes back is not met by all at once.
const jittered = (ms) => ms * (0.5 + Math.random() / 2);
const backOff = (attempt, most = 20000) => jittered(Math.min(most, 500 * 2 ** Math.min(attempt, 10)));

// Sleeps that end at once when there is news of the network.
const naps = new Set();
const nap = (ms) => new Promise((done) => {
  const wake = () => {
    clearTimeout(timer);
    naps.delete(wake);
    done();
  };
  const timer = setTimeout(wake, ms);
  naps.add(wake);
});
const wakeAll = () => naps.forEach((wake) => wake());

// One tab at a time, where the browser can tell (it cannot on http pages).
const exclusive = async (name, body) => {
  let hasBegun = false;
  const run = () => {
    hasBegun = true;
    return body();
  };
  try {
    return await navigator.locks.request(PREFIX + name, run);
  } catch (error) {
    if (hasBegun) throw error;
    return body();
  }
};
