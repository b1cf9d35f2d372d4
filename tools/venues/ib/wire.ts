/** A field of a message; a boolean is written as 1 or 0. */
export type Field = string | number | boolean;

const END = '\0';
const LENGTH_BYTES = 4;
/** What the venue's own clients refuse to read or write beyond (`0xffffff`). */
const MAX_MESSAGE_BYTES = 0xffffff;
const GREETING = Buffer.from(`API${END}`);

/** The text of a message: its fields, each ended by a NUL. */
export function message(...fields: readonly Field[]): string {
  let text = '';
  for (const field of fields) text += `${typeof field === 'boolean' ? Number(field) : field}${END}`;
  return text;
}

/** Messages as they go over the socket: four bytes of length (big-endian) before each. */
export function encodeMessages(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const total = lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, 0);
  const buffer = Buffer.allocUnsafe(total);
  let at = 0;
  texts.forEach((text, i) => {
    at = buffer.writeUInt32BE(lengths[i] ?? 0, at);
    at += buffer.write(text, at);
  });
  return buffer;
}

/** The versions of the protocol that a client speaks, `v100..193`, both included. */
export interface ClientVersions {
  readonly first: number;
  readonly last: number;
}

/** What the bytes of a client hold: its greeting first, then the fields of each message. */
export type ClientPart = { readonly versions: ClientVersions } | { readonly fields: readonly string[] };

/** The bytes are not those of a client of this protocol; the connection cannot go on. */
export class NotTwsClient extends Error {}

/** Reads what a client sends, however the network cuts it. `take` throws `NotTwsClient`. */
export class ClientReader {
  #rest: Buffer = Buffer.alloc(0);
  #isGreeted = false;

  take(chunk: Buffer): ClientPart[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const parts: ClientPart[] = [];
    for (;;) {
      const head = this.#isGreeted ? 0 : GREETING.length;
      if (this.#rest.length < head + LENGTH_BYTES) return parts;
      if (head > 0 && !this.#rest.subarray(0, head).equals(GREETING))
        throw new NotTwsClient('a client begins with API and the versions that it speaks');
      const length = this.#rest.readUInt32BE(head);
      if (length > MAX_MESSAGE_BYTES) throw new NotTwsClient(`a message of ${length} bytes`);
      const end = head + LENGTH_BYTES + length;
      if (this.#rest.length < end) return parts;
      const text = this.#rest.toString('utf8', head + LENGTH_BYTES, end);
      this.#rest = this.#rest.subarray(end);
      parts.push(this.#isGreeted ? { fields: fieldsOf(text) } : { versions: versionsOf(text) });
      this.#isGreeted = true;
    }
  }
}

function fieldsOf(text: string): string[] {
  const fields = text.split(END);
  fields.pop();
  return fields;
}

/** `v100..193 +PACEAPI` or `v176`; what follows the versions are options of the connection. */
function versionsOf(text: string): ClientVersions {
  const match = /^v(\d+)(?:\.\.(\d+))?(?: |$)/.exec(text);
  if (match === null) throw new NotTwsClient(`versions '${text.slice(0, 40)}'`);
  const first = Number(match[1]);
  return { first, last: match[2] === undefined ? first : Number(match[2]) };
}
