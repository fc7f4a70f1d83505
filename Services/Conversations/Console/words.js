// How people, numbers and times are written.

export function nameOf(conversation) {
  return plain(conversation.customer?.name || conversation.name || "") || phone(conversation.phone) || `Visitor ${conversation.id.slice(-4)}`;
}

/** Without the characters that turn around what stands behind them. */
export const plain = (name) => name.replace(/[\u202a-\u202e\u2066-\u2069]/g, "");

/** +13145550123 as (314) 555-0123; other countries' numbers as they are. */
export function phone(number) {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number ?? "");
  return parts ? `(${parts[1]}) ${parts[2]}-${parts[3]}` : number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Since a time, in a list: now, 2 min, 3 h, 4 d. */
export function ago(time, now = Date.now()) {
  const passed = Math.max(0, now - Date.parse(time));
  if (passed < MINUTE) return "now";
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h`;
  return `${Math.floor(passed / DAY)} d`;
}

/** How long a customer has been waiting; null where nobody waits. */
export function waiting(conversation, now = Date.now()) {
  if (!conversation.awaitingReplySince || conversation.status !== "open") return null;
  const since = ago(conversation.awaitingReplySince, now);
  return since === "now" ? "waiting less than a minute" : `waiting ${since}`;
}

/** Times in the dealership's zone, wherever the reader is. */
export class Clock {
  #formats;

  constructor(timeZone) {
    const format = (options) => new Intl.DateTimeFormat("en-US", { timeZone, ...options });
    this.#formats = {
      time: format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
      day: format({ weekday: "long", month: "long", day: "numeric" }),
      full: format({ dateStyle: "full", timeStyle: "long" }),
      key: format({ year: "numeric", month: "2-digit", day: "2-digit" }),
    };
  }

  /** 14:02 */
  time(at) {
    return this.#formats.time.format(new Date(at));
  }

  full(at) {
    return this.#formats.full.format(new Date(at));
  }

  /** Equal for two times on one day. */
  dayKey(at) {
    return this.#formats.key.format(new Date(at));
  }

  /** Today, Yesterday, or the date. */
  day(at, now = Date.now()) {
    const key = this.dayKey(at);
    if (key === this.dayKey(now)) return "Today";
    if (key === this.dayKey(now - DAY)) return "Yesterday";
    return this.#formats.day.format(new Date(at));
  }
}
