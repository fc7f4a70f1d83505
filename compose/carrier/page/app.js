// The phone: whose it is and whom it writes to stand in the address.

import { call } from "./api.js";
import { Composer } from "./composer.js";
import { byId, text } from "./dom.js";
import { Feed } from "./feed.js";
import { Numbers } from "./numbers.js";
import { Thread } from "./thread.js";
import { Threads } from "./threads.js";
import { initials, plain, pretty, time } from "./words.js";

const [dealerships, pictures] = await Promise.all([call("/dealerships"), call("/pictures")]);
const names = new Map(dealerships.flatMap(({ name, numbers }) => numbers.map((number) => [number, name])));
const nameOf = (number) => names.get(number) ?? pretty(number);
const feed = new Feed();
const thread = new Thread(new Map(pictures.map((one) => [`/media/${one.name}`, one.description])));
const threads = new Threads((number) => go(place.from, number, true));
const numbers = new Numbers(dealerships, go);
const composer = new Composer(pictures, async (words, media) => {
  await call(`/phone/${encodeURIComponent(place.from)}/texts`, {
    to: place.to, text: words, media: media.map(({ url, contentType }) => ({ url, contentType })),
  });
  thread.toEnd();
});
let place = { from: "", to: "", isThread: false };

/** `writes`: on a small screen the thread is shown, and the list before. */
function go(from, to, writes = false) {
  const address = `/?${new URLSearchParams(writes || place.isThread ? { from, to } : { from, with: to })}`;
  history.pushState(null, "", address);
  show();
  if (writes) composer.focus();
}

function show() {
  const query = new URLSearchParams(location.search);
  // A plus sign that was not encoded comes as a space.
  const number = (name) => plain((query.get(name) ?? "").replace(/^ /, "+"));
  const to = number("to") ?? number("with");
  const next = {
    from: number("from") ?? Numbers.example,
    to: names.has(to) ? to : names.keys().next().value ?? "",
    isThread: query.has("to"),
  };
  const isOtherPhone = next.from !== place.from;
  const isOther = isOtherPhone || next.to !== place.to;
  place = next;
  document.body.dataset.screen = place.isThread ? "thread" : "list";
  numbers.show(place.from, place.to);
  text(byId("name"), nameOf(place.to));
  text(byId("number"), pretty(place.to));
  text(byId("badge"), initials(nameOf(place.to)));
  document.title = `${pretty(place.from)} · ${nameOf(place.to)}`;
  if (isOther) {
    thread.open();
    composer.clear();
  }
  if (isOtherPhone) feed.follow(place.from);
  update();
  if (isOther) thread.toEnd();
}

function update() {
  const texts = feed.texts;
  thread.update(texts.filter((one) => one.number === place.to), nameOf(place.to), feed);
  const last = new Map(texts.filter((one) => one.state !== "lost").map((one) => [one.number, one]));
  const newest = [...last].map(([number, one]) => ({ number, last: one }))
    .sort((a, b) => a.last.at < b.last.at ? 1 : -1);
  threads.update(place.from, newest, nameOf, place.isThread || isWide.matches ? place.to : null);
}

function tick() {
  text(byId("clock"), time(Date.now()));
}

const isWide = matchMedia("(min-width: 760px)");
feed.addEventListener("changed", update);
feed.addEventListener("service", () => text(byId("service"), feed.isUp ? "" : "No service"));
document.addEventListener("visibilitychange", update);
addEventListener("popstate", show);
byId("back").addEventListener("click", () => {
  history.pushState(null, "", `/?${new URLSearchParams({ from: place.from, with: place.to })}`);
  show();
  byId("from").focus();
});
setInterval(tick, 5_000);
tick();
show();
