// The console: put together here, in the order in which the parts know each other.

import { Api } from "./api.js";
import { connectionBar } from "./connection.js";
import { DealCardPage } from "./dealcard.js";
import { Desk } from "./desk.js";
import { h } from "./dom.js";
import { Feed } from "./feed.js";
import { keysView } from "./keys.js";
import { MenuPage } from "./menu.js";
import { Notices } from "./notices.js";
import { Outbox } from "./outbox.js";
import { Router } from "./router.js";
import { Session } from "./session.js";
import { SignIn } from "./signin.js";
import { supportView } from "./support.js";
import { topBar } from "./topbar.js";
import { Clock } from "./words.js";

const session = new Session();
const api = new Api(session);
const feed = new Feed(session);
const desk = new Desk(api, feed);
const outbox = new Outbox(api, session, feed);
const router = new Router();
let zone = new Clock("UTC");
const clock = () => zone;
const context = { session, api, feed, desk, outbox, clock, go: (path) => router.go(session.address(path)) };

const menu = new MenuPage(context);
const card = new DealCardPage(context);
let page = menu;
const notices = new Notices(context, () => page.conversation, (id) => context.go(`/conversations/${encodeURIComponent(id)}`));
const signIn = new SignIn(session, api);
const content = h("div", { class: "content" });
document.body.append(
  topBar(session, notices), connectionBar(feed, clock), content,
  ...supportView(api, () => page.conversation), keysView(() => page), signIn.element);

router.on("changed", async (place) => {
  if (!session.me) return;
  // The address names the dealership; having switched, the page comes here again.
  if (session.switchTo(new URLSearchParams(location.search).get("dealership"), { stays: true })) return;
  const next = place.name === "card" ? card : menu;
  if (next !== page) page.close();
  page = next;
  if (content.firstElementChild !== page.element) content.replaceChildren(page.element);
  await (page === card ? card.open(place) : menu.open(place.conversationId));
  notices.look();
});

session.on("changed", ({ isOther, stays }) => {
  zone = new Clock(session.dealership.timeZone);
  if (isOther) {
    page.close();
    desk.clear();
    if (!stays) history.replaceState(null, "", session.address("/"));
  }
  feed.start({ anew: isOther });
  desk.refresh();
  router.show();
});

const token = Session.given();
if (token) await start();
else signIn.ask("Sign in", "Open the sign-in link that you were given, or paste your staff token here.");

/** With the token that was given; a server that is away for a moment is waited for. */
async function start() {
  for (let wait = 1_000; ; wait = Math.min(2 * wait, 15_000)) {
    try {
      return await session.signIn(token, api);
    } catch (error) {
      if (error.status === 401) {
        return signIn.ask("Your sign-in has expired", "Open a new sign-in link, or paste a new token here.");
      }
      if (!error.isPassing) {
        return signIn.ask("Sign in", "You could not be signed in. Paste your staff token to try again.", error.message);
      }
      content.replaceChildren(h("p", { class: "nothing", role: "status" }, `${error.message} Trying again…`));
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
    }
  }
}
