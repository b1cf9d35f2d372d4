import { isUtf8 } from 'node:buffer';
import type { Kind, Micros } from '@concord/model';
import type { Logger } from '@concord/runtime';
import { refusedFrame, type FrameParser, type ParsedFrame } from '../frame/frame.ts';
import type { SessionCounters, SessionWriter } from './session-writer.ts';
import type { StreamTable } from './stream-table.ts';
import type { Subscriber } from './subscriber.ts';

export interface FrameSurroundings {
  readonly session: string;
  readonly parser: FrameParser;
  readonly table: StreamTable;
  readonly writer: Pick<SessionWriter, 'records' | 'refuse'>;
  readonly subscriber: Pick<Subscriber, 'isComplete' | 'confirm' | 'reject' | 'resubscribe'>;
  readonly counters: Pick<SessionCounters, 'frame' | 'venueError'>;
  readonly logger: Logger;
}

/** Reads the frames of one session: what is to be logged goes to the writer, what the venue says of streams to the subscriber. */
export class FrameReader {
  readonly #around: FrameSurroundings;
  #lastDataMs = -Infinity;

  constructor(around: FrameSurroundings) {
    this.#around = around;
  }

  get gotData(): boolean {
    return this.#lastDataMs > -Infinity;
  }

  /** When it last brought any, by the steady clock; -Infinity before. */
  get lastDataMs(): number {
    return this.#lastDataMs;
  }

  /** Tells why the venue will close the connection, null where it did not say so. `nowMs` is steady. */
  read(data: Buffer, receiveTime: Micros, nowMs: number): string | null {
    const { counters, subscriber, table, writer } = this.#around;
    counters.frame(data.length);
    const parsed = this.#parse(data, receiveTime);
    for (const { listing, kind, reason } of parsed.resyncs) {
      const state = table.of(kind, listing.instrument);
      if (state !== undefined) subscriber.resubscribe([state.stream], reason);
    }
    if (parsed.trades.length > 0) this.#records('trades', parsed, data, nowMs);
    if (parsed.quotes.length > 0) this.#records('quotes', parsed, data, nowMs);
    if (parsed.bars.length > 0) this.#records('bars', parsed, data, nowMs);
    if (parsed.refusals.length > 0) writer.refuse(parsed.refusals, data, receiveTime);
    for (const key of parsed.acks) {
      subscriber.confirm(key);
      if (parsed.heartbeat) table.get(key)?.watch.saw(nowMs);
    }
    if (parsed.errors.length > 0) this.#venueErrors(parsed);
    return parsed.closing;
  }

  #parse(data: Buffer, receiveTime: Micros): ParsedFrame {
    if (!isUtf8(data)) return refusedFrame('not-json', 'expected UTF-8');
    try {
      return this.#around.parser.parse(data.toString('utf8'), receiveTime);
    } catch (error) {
      // A parser must not throw. If one does, the frame that made it is worth keeping, and the venue's other frames go on.
      this.#around.logger.error({ err: error, session: this.#around.session }, 'a parser broke on a frame');
      return refusedFrame('parser-broke', String(error));
    }
  }

  #records(kind: Kind, parsed: ParsedFrame, data: Buffer, nowMs: number): void {
    const { subscriber, table, writer } = this.#around;
    this.#lastDataMs = nowMs;
    if (!subscriber.isComplete) {
      for (const { instrument } of parsed[kind]) {
        const state = table.of(kind, instrument);
        if (state !== undefined) subscriber.confirm(state.stream.key); // data confirm as well as words
      }
    }
    writer.records(kind, parsed[kind], data);
  }

  #venueErrors(parsed: ParsedFrame): void {
    const { counters, logger, session, subscriber } = this.#around;
    for (const { code, message, keys } of parsed.errors) {
      counters.venueError(code);
      logger.warn({ session, code, keys }, `the venue says: ${message}`);
      for (const key of keys) subscriber.reject(key, message);
    }
  }
}
