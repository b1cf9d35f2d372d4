import { createWriteStream, type WriteStream } from 'node:fs';
import { fixedText, paddedText } from './grid.ts';
import type { SentValue } from './server/feed.ts';

const DEFAULT_LIMIT_BYTES = 1024 * 1024 * 1024;
/** Lines are gathered to this size before they go to the file. */
const CHUNK_CHARACTERS = 64 * 1024;
/** When the disk cannot follow, no more than this waits in memory; lines beyond it are left out and counted. */
const WAITING_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * The truth file: one JSON object a line for every value sent, with the true price at that time. Times in microseconds, UTC;
 * prices and sizes as exact text; `side` is the taker's; `sentTo` is the number of connections that got the value (0: nobody
 * had asked, or a fault withheld it); `sampled` marks what went out as a sample, perhaps once more. Bounded; `leftOut` counts what did not fit.
 */
export class TruthFile implements AsyncDisposable {
  readonly #stream: WriteStream;
  readonly #limit: number;
  #text = '';
  #written = 0;
  lines = 0;
  leftOut = 0;

  constructor(path: string, limitBytes = DEFAULT_LIMIT_BYTES) {
    this.#stream = createWriteStream(path);
    this.#limit = limitBytes;
  }

  write(value: SentValue, sentAt: number): void {
    if (this.#written > this.#limit || this.#stream.writableLength > WAITING_LIMIT_BYTES) {
      this.leftOut++;
      return;
    }
    this.lines++;
    this.#text += `${truthLine(value, sentAt)}\n`;
    if (this.#text.length > CHUNK_CHARACTERS) this.flush();
  }

  flush(): void {
    if (this.#text === '') return;
    this.#written += this.#text.length;
    this.#stream.write(this.#text);
    this.#text = '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.flush();
    await new Promise<void>((resolve) => this.#stream.end(resolve));
  }
}

export function truthLine(value: SentValue, sentAt: number): string {
  const { listing, kind, event, sentTo } = value;
  const { decimals } = listing.priceGrid;
  const price = (points: number): string => `"${fixedText(points, decimals)}"`;
  const size = (points: number): string => `"${paddedText(points, listing.sizeGrid.decimals, 1)}"`;
  const head = `{"kind":"${kind}","instrument":"${listing.instrument}","venue":"${listing.venue}","symbol":"${listing.symbol}"`;
  const times =
    event === undefined ? '' : `,"at":${event.at},"venueAt":${event.venueAt},"truePrice":${event.truePrice}`;
  const tail = `${times},"sentAt":${sentAt}${value.isSampled === true ? ',"sampled":true' : ''},"sentTo":${sentTo}}`;
  if (event?.kind === 'quote') {
    const quote = `"bid":${price(event.bid)},"bidSize":${size(event.bidSize)},"ask":${price(event.ask)},"askSize":${size(event.askSize)}`;
    return `${head},${value.id === undefined ? '' : `"id":"${value.id}",`}${quote}${tail}`;
  }
  const ids =
    value.firstTradeId === undefined
      ? ''
      : `,"firstTradeId":"${value.firstTradeId}","lastTradeId":"${value.lastTradeId}"`;
  const side = event?.takerBuys === true ? 'BUY' : 'SELL';
  return `${head},"id":"${value.id}"${ids},"price":${price(value.price ?? 0)},"size":${size(value.size ?? 0)},"side":"${side}"${tail}`;
}
