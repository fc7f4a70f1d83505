// What staff are told of texts, in words.

/** The provider's errors that a member of staff can do something about: https://www.twilio.com/docs/api/errors. */
const ERRORS = {
  21211: "the number is not valid",
  21408: "texts to this country are not allowed",
  21610: "the customer has opted out of texts",
  21612: "this number cannot be reached by text",
  21614: "the number is not a mobile phone",
  21617: "the text is too long",
  30003: "the phone cannot be reached",
  30004: "the phone blocks texts",
  30005: "the number is unknown",
  30006: "the number is a landline",
  30007: "the carrier filtered it as spam",
  30008: "the carrier gave no reason",
};
const REASONS = {
  expired: "it could not be sent within an hour",
  "consent-pending": "the customer had been asked already",
  "opted-out": "the customer has opted out of texts",
};

/** Why a text was not delivered; `error` as the server has it, or nothing. */
export function failure(error) {
  return ERRORS[error?.code] ?? REASONS[error?.reason] ?? error?.reason?.replace(/\.$/, "") ?? "no reason was given";
}

/** Whether the same text again could fare better. */
export const isWorthRetrying = (error) => ![21211, 21610, 21614, 30006].includes(error?.code) && error?.reason !== "opted-out";

/** Why nothing can be texted now, and whether there is any use in writing; null: it can. */
export function refusal(texting, clock, now = Date.now()) {
  if (!texting) return { reason: "Texting is not set up for this number: replies to its texts cannot be sent.", isFinal: true };
  if (texting.consent === "asked" && texting.mayAskAgain) {
    return { reason: "The question was not answered with YES or NO, or may not have arrived.", isFinal: true, mayAskAgain: true };
  }
  const reason = {
    stopped: "The customer has opted out of texts from this number. Only they can allow them again, by texting START.",
    asked: "Waiting for the customer to answer YES. Until then nothing else can be texted.",
    declined: "The customer answered NO and may not be texted.",
  }[texting.consent];
  if (reason) return { reason, isFinal: true };
  const until = Date.parse(texting.quietUntil ?? "");
  return until > now ? { reason: `Quiet hours: texts can be sent from ${clock.time(until)} on.`, isFinal: false } : null;
}

/** How it stands with a phone, for a contact card; null where nothing was ever said. */
export function consentWords({ texting, hasBegun = true }) {
  return {
    stopped: "Opted out of texts", asked: "Asked for consent, no answer yet", declined: "Answered NO to texts",
    granted: "Agreed to texts",
  }[texting.consent] ?? (hasBegun ? "May be texted" : null);
}

/** Why a file that came with a text is not shown. */
export function mediaRefusal(reason) {
  return {
    size: "it is too large", type: "files of its kind are not shown", disguise: "it is not what it says it is",
    missing: "it is no longer there", unreachable: "it could not be read", empty: "it is empty",
  }[reason] ?? "it could not be fetched safely";
}

/** 38 kB, 2.4 MB. */
export function size(bytes) {
  if (!(bytes >= 0)) return "";
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
