import type { Kind } from '@concord/model';
import { webSockets, type OpenSocket } from './connection.ts';
import { Endpoints } from './endpoints.ts';
import type { History } from '../history/history.ts';
import type { IdInterval } from './gaps.ts';
import type { Line } from './line.ts';
import { Pacer } from './pacer.ts';
import {
  StreamingDataSource,
  type SourceSurroundings,
  type StreamingSourceOptions,
} from '../streaming-source.ts';
import { WebSocketSubscription } from './subscription.ts';
import type { Venue } from '../venue.ts';

/** Records read and not yet taken before the sockets are paused. */
const QUEUE_RECORDS_MAX = 5_000;

export interface WebSocketSourceOptions extends StreamingSourceOptions {
  /** Sockets side by side for the same streams; default 1. */
  readonly sockets?: number;
  /** Replaced in tests. */
  readonly openSocket?: OpenSocket;
  readonly queueRecordsMax?: number;
}

/**
 * A source whose streams come over WebSockets: all that its venue does not supply itself. None is opened before a subscription: a venue's streams stand in the
 * URL, or must be asked for within seconds.
 */
export abstract class WebSocketDataSource extends StreamingDataSource<WebSocketSubscription> {
  protected override readonly history: History;
  readonly #venue: Venue;
  readonly #sockets: number;
  readonly #queueRecordsMax: number;
  readonly #openSocket: OpenSocket;
  readonly #endpoints: Endpoints;
  readonly #messages: Pacer;

  protected constructor(venue: Venue, history: History, options: WebSocketSourceOptions) {
    super(venue.source, options);
    const { machineClock } = this;
    this.history = history;
    this.#venue = venue;
    this.#sockets = options.sockets ?? 1;
    this.#queueRecordsMax = options.queueRecordsMax ?? QUEUE_RECORDS_MAX;
    this.#openSocket = options.openSocket ?? webSockets(machineClock);
    this.#messages = new Pacer(machineClock, venue.limits.messageGapMs);
    this.#endpoints = new Endpoints({
      urls: venue.endpoints,
      clock: machineClock,
      logger: options.logger,
      connectGapMs: venue.limits.connectGapMs,
    });
  }

  protected override subscription(
    around: SourceSurroundings,
    signals: readonly AbortSignal[],
  ): WebSocketSubscription {
    return new WebSocketSubscription(
      {
        ...around,
        venue: this.#venue,
        history: this.history,
        sockets: this.#sockets,
        openSocket: this.#openSocket,
        endpoints: this.#endpoints,
        messages: this.#messages,
        queueRecordsMax: this.#queueRecordsMax,
        done: (kind, outcome) => around.counters.repair(kind, outcome),
      },
      signals,
    );
  }

  override refetch(kind: Kind, instrument: string, ids: IdInterval): void {
    for (const subscription of this.subscriptions) subscription.refetch(kind, instrument, ids);
  }

  protected override served(): readonly Line[] {
    return [...this.subscriptions].flatMap(({ pool }) => [...pool.lines]);
  }
}
