// How numbers, names and times are written.

/** +13145550123 as (314) 555-0123; other countries' numbers as they are. */
export function pretty(number) {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return parts ? `(${parts[1]}) ${parts[2]}-${parts[3]}` : number;
}

/** A number as a person types it, as +13145550123; null if it is none. */
export function plain(typed) {
  const digits = typed.replace(/\D/g, "");
  const number = digits.length === 10 && !typed.trim().startsWith("+") ? `+1${digits}` : `+${digits}`;
  return /^\+[1-9]\d{6,14}$/.test(number) && digits.length >= 10 ? number : null;
}

/** Of the first two words. */
export const initials = (name) =>
  name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();

const clock = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit" });
const date = new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric" });
const short = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric" });
const DAY = 24 * 60 * 60 * 1000;

export const time = (at) => clock.format(new Date(at));
export const dayOf = (at) => new Date(at).toDateString();

/** Today, Yesterday, or the date. */
export function day(at) {
  const key = dayOf(at);
  if (key === dayOf(Date.now())) return "Today";
  return key === dayOf(Date.now() - DAY) ? "Yesterday" : date.format(new Date(at));
}

/** In a list: today's by the time, others by the date. */
export const brief = (at) => dayOf(at) === dayOf(Date.now()) ? time(at) : short.format(new Date(at));
