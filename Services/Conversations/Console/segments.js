// How a text goes over the air: GSM-7 or UCS-2, and in how many segments. The server counts the same; one table of
// cases tests both.

/** Twilio refuses more. */
export const LONGEST_TEXT = 1_600;

const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("\f^{}\\[~]|€");

/** `{encoding, units, segments, left, characters}`: `left` units still fit into the last segment. */
export function segmentsOf(text) {
  const characters = [...text];
  const isBasic = characters.every((one) => BASIC.has(one) || EXTENDED.has(one));
  const size = isBasic ? (one) => (EXTENDED.has(one) ? 2 : 1) : (one) => one.length;
  const [alone, joined] = isBasic ? [160, 153] : [70, 67];
  const units = characters.reduce((sum, one) => sum + size(one), 0);
  const counted = { encoding: isBasic ? "GSM-7" : "UCS-2", units, characters: characters.length };
  if (units <= alone) return { ...counted, segments: Math.min(units, 1), left: alone - units };
  // An escape and its character, or a pair of surrogates, stay in one segment.
  let [segments, used] = [1, 0];
  for (const one of characters) {
    if (used + size(one) > joined) [segments, used] = [segments + 1, 0];
    used += size(one);
  }
  return { ...counted, segments, left: joined - used };
}

/** As the reply box says it: 2 segments · 38 left. */
export function segmentWords({ segments, left }) {
  return `${segments} ${segments === 1 ? "segment" : "segments"} · ${left} left`;
}
