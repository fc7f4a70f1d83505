import { drawing, h } from "./dom.js";
import { mediaRefusal, size } from "./texting.js";

const KINDS = { image: "Photo", video: "Video", audio: "Recording" };
const SHOWN = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/** What stands in a list for a text without words. */
export const mediaWords = (media) => (media?.length > 1 ? `${media.length} files` : media?.length === 1 ? kindOf(media[0]) : "");

const kindOf = ({ contentType }) => KINDS[contentType.split("/")[0]] ?? "File";

/** Files of one conversation's texts, each read once. An address made of one is given back as soon as it is shown. */
export class MediaShelf {
  #api;
  #files = new Map();

  constructor(api) {
    this.#api = api;
  }

  blob(message, index) {
    const path = `/v1/conversations/${encodeURIComponent(message.conversationId)}/messages/${encodeURIComponent(message.id)}/media/${index}`;
    if (!this.#files.has(path)) {
      const file = this.#api.file(path);
      file.catch(() => this.#files.delete(path));
      this.#files.set(path, file);
    }
    return this.#files.get(path);
  }
}

/** What came with one text: photos are shown, anything else can be taken. */
export class AttachmentsView {
  #shelf;
  #items = new Map();
  element = h("ul", { class: "attachments", role: "list" });

  constructor(shelf) {
    this.#shelf = shelf;
  }

  update(message) {
    for (const one of message.media ?? []) {
      const shown = this.#items.get(one.index);
      if (shown?.state === one.state) continue;
      const element = h("li", {}, this.#item(message, one));
      this.#items.set(one.index, { state: one.state, element });
      if (shown) shown.element.replaceWith(element);
      else this.element.append(element);
    }
  }

  #item(message, one) {
    const kind = kindOf(one);
    if (one.state === "pending") return h("p", { class: "attachment waiting" }, `${kind} on its way…`);
    if (one.state !== "stored") return h("p", { class: "attachment" }, `${kind} not shown: ${mediaRefusal(one.reason)}`);
    return SHOWN.includes(one.contentType) ? this.#photo(message, one) : this.#link(message, one);
  }

  #photo(message, one) {
    const frame = h("div", { class: "photo" }, h("p", { class: "waiting" }, "Photo…"));
    const read = async () => {
      try {
        const image = await pictureOf(await this.#shelf.blob(message, one.index));
        frame.replaceChildren(h("button", { type: "button", class: "open-photo", onclick: () => this.#enlarge(message, one) }, image));
      } catch {
        frame.replaceChildren(h("p", { role: "status" }, "The photo could not be read. ",
          h("button", { type: "button", class: "link", onclick: read }, "Retry")));
      }
    };
    // Of a long thread only what is looked at.
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      read();
    }).observe(frame);
    return frame;
  }

  async #enlarge(message, one) {
    const dialog = h("dialog", { class: "photo-dialog", "aria-label": "Photo from the customer", onclose: () => dialog.remove() });
    dialog.append(await pictureOf(await this.#shelf.blob(message, one.index)),
      h("form", { method: "dialog", class: "dialog-actions" },
        h("button", { type: "button", class: "quiet", onclick: () => this.#save(message, one) }, "Download"),
        h("button", { class: "quiet" }, "Close")));
    document.body.append(dialog);
    dialog.showModal();
  }

  #link(message, one) {
    return h("button", { type: "button", class: "attachment file", onclick: () => this.#save(message, one) },
      drawing("line", "M12 4v11M7 11l5 5 5-5M5 20h14"), h("span", {}, nameOf(one)), h("span", { class: "meta" }, size(one.bytes)));
  }

  async #save(message, one) {
    const blob = await this.#shelf.blob(message, one.index).catch(() => null);
    if (!blob) return;
    const address = URL.createObjectURL(blob);
    h("a", { href: address, download: nameOf(one) }).click();
    setTimeout(() => URL.revokeObjectURL(address), 0);
  }
}

/** The picture once it is drawn; it needs its address no longer then. */
async function pictureOf(blob) {
  const address = URL.createObjectURL(blob);
  try {
    const image = h("img", { src: address, alt: "Photo from the customer" });
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(address);
  }
}

const ENDINGS = { "text/vcard": "vcf", "text/x-vcard": "vcf", "text/plain": "txt", "audio/mpeg": "mp3", "video/3gpp": "3gp", "image/jpeg": "jpg" };

/** The customer's own names are not told. */
function nameOf({ contentType, index }) {
  const ending = ENDINGS[contentType] ?? (/^[a-z]+\/([a-z0-9]{1,5})$/.exec(contentType)?.[1] ?? "bin");
  return `attachment-${index + 1}.${ending}`;
}
