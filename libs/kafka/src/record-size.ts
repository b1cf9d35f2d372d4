type HeaderValue = Buffer | string | readonly (Buffer | string)[] | undefined;

/** The parts of a record whose length its writer chooses. */
export interface Sized {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, HeaderValue>>;
}

/** Bytes of key, value and headers. Every bound on bytes counts all three: whoever may write to a topic chooses each of their lengths. */
export function recordBytes({ key, value, headers }: Sized): number {
  let bytes = bytesOf(key) + bytesOf(value);
  for (const name in headers) {
    const given = headers[name];
    bytes += 4 + Buffer.byteLength(name);
    if (Array.isArray(given)) for (const one of given as readonly (Buffer | string)[]) bytes += bytesOf(one);
    else bytes += bytesOf(given as Buffer | string | undefined);
  }
  return bytes;
}

function bytesOf(part: Buffer | string | null | undefined): number {
  if (part === null || part === undefined) return 0;
  return typeof part === 'string' ? Buffer.byteLength(part) : part.length;
}
