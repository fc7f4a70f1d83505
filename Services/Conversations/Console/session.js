import { Events } from "./events.js";
import { recall, remember } from "./memory.js";

/**
 * Who is signed in, and for which dealership. Says `changed` when somebody signed in or switched, and `ended` when the
 * server takes the token no more: whatever is on the screen stays until there is a new one.
 */
export class Session extends Events {
  token = "";
  /** As `GET /v1/me` answers: `{id, name, role, expiresAt, dealerships: [{id, name, timeZone, previews}]}`. */
  me = null;
  /** The dealership that the page shows, one of `me.dealerships`. */
  dealership = null;
  hasEnded = false;

  /** The token in the address, out of it and out of the history at once; else the one kept from before. */
  static given() {
    const fragment = new URLSearchParams(location.hash.slice(1)).get("token");
    if (fragment) history.replaceState(history.state, "", location.pathname + location.search);
    return fragment ?? recall("token");
  }

  /** `api` asks who the token names. Throws what `api` throws; nothing has changed then. */
  async signIn(token, api) {
    const given = token.trim();
    // A header cannot carry anything else, and fetch's own words for it help nobody.
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(given)) throw new Error("This is not a staff token.");
    await api.configure();
    const me = await api.me(given);
    if (me.dealerships.length === 0) throw new Error("This token is for no dealership that is known here.");
    const earlier = this.me;
    const shown = this.dealership;
    Object.assign(this, { token: given, me, hasEnded: false });
    remember("token", given);
    const wanted = new URLSearchParams(location.search).get("dealership")
      ?? (earlier?.id === me.id ? this.dealership?.id : null) ?? recall("dealership");
    this.dealership = me.dealerships.find((one) => one.id === wanted) ?? me.dealerships[0];
    const isSame = earlier?.id === me.id && shown?.id === this.dealership.id;
    this.emit("changed", { isOther: earlier !== null && !isSame, stays: false });
  }

  end() {
    if (this.hasEnded || !this.token) return;
    this.hasEnded = true;
    this.emit("ended");
  }

  signOut() {
    remember("token", null);
    location.assign("/");
  }

  /** `stays`: at the address, which names it. Returns false where there is nothing to switch to. */
  switchTo(id, { stays = false } = {}) {
    const dealership = this.me.dealerships.find((one) => one.id === id);
    if (!dealership || dealership === this.dealership) return false;
    this.dealership = dealership;
    remember("dealership", id);
    this.emit("changed", { isOther: true, stays });
    return true;
  }

  /** A page's own address, for whoever it is sent to. */
  address(path) {
    return this.me.dealerships.length > 1 ? `${path}?dealership=${encodeURIComponent(this.dealership.id)}` : path;
  }

  /** Where texts and unsent messages of this member of staff are kept. */
  shelf(name) {
    return `${name}.${this.me.id}.${this.dealership.id}.`;
  }
}
