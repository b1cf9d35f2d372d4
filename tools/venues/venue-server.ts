import type { Clock, Timer } from '@concord/runtime';
import { DEFAULT_DURATION_MS, DEFAULT_LEAD_MS, type Fault, type FaultPlan } from './faults.ts';
import type { Address, VenueStats } from './options.ts';
import type { PreparedFrame } from './recording/prepared.ts';
import { ConnectionLimits } from './server/connection-limits.ts';
import type { Connection } from './server/connection.ts';
import type { RestAnswer, RestRequest, SentValue, VenueFeed } from './server/feed.ts';
import type { Limits, VenueLimits } from './server/limits.ts';
import { Listener } from './server/listener.ts';
import type { SimulatedVenue } from './server/simulated-venue.ts';

const HUGE_FRAME_BYTES = 5 * 1024 * 1024;
/** Close code of a server that goes away (RFC 6455, 7.4.1). */
const GOING_AWAY = 1001;
/** Header of an unmasked text frame that announces 1,000 bytes (RFC 6455, 5.2). */
const FRAME_OF_1000 = Buffer.from([0x81, 126, 0x03, 0xe8]);

export interface VenueServerOptions {
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly limits: Limits;
  readonly rules: VenueLimits;
  readonly feed: VenueFeed;
  readonly wsPath: string;
  /** A frame in the venue's form about a symbol it does not list. */
  readonly strangeFrame: string;
  /** An answer in place of the feed's. */
  readonly recordedAnswer: (request: RestRequest) => RestAnswer | undefined;
}

/** One simulated venue: its feed behind an address, its faults, its figures. */
export class VenueServer implements SimulatedVenue {
  readonly feed: VenueFeed;
  readonly faults: FaultPlan;
  readonly listener: Listener;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #wsPath: string;
  readonly #strangeFrame: string;
  readonly #cuts = new Set<Timer>();
  readonly #sent: Record<'trades' | 'quotes' | 'bars', number> = { trades: 0, quotes: 0, bars: 0 };

  constructor(options: VenueServerOptions) {
    const { clock, faults, feed, limits, recordedAnswer } = options;
    this.feed = feed;
    this.faults = faults;
    this.#clock = clock;
    this.#limits = limits;
    this.#wsPath = options.wsPath;
    this.#strangeFrame = options.strangeFrame;
    this.listener = new Listener({
      clock,
      feed,
      faults,
      limits: new ConnectionLimits(limits, options.rules, clock),
      intercept: recordedAnswer,
    });
  }

  async listen(): Promise<Address> {
    const host = await this.listener.listen();
    return { wsUrl: `ws://${host}${this.#wsPath}`, restUrl: `http://${host}` };
  }

  get connections(): ReadonlySet<Connection> {
    return this.listener.connections;
  }

  countSent(value: SentValue): void {
    if (value.sentTo > 0) this.#sent[value.kind]++;
  }

  countReplayed(frame: PreparedFrame, sentTo: number): void {
    if (sentTo > 0 && frame.tag.kind !== 'control') this.#sent[frame.tag.kind] += frame.values;
  }

  inject(fault: Fault): void {
    const { kind } = fault;
    if (kind === 'attack') return this.faults.count(kind);
    if (kind === 'planned-cut') return this.#cutAfter(fault.leadMs ?? DEFAULT_LEAD_MS);
    if (kind === 'restart') {
      this.faults.count(kind);
      return this.listener.restart(fault.durationMs ?? DEFAULT_DURATION_MS);
    }
    for (let i = 0; i < (fault.count ?? 1); i++) {
      for (const connection of this.connections) this.#commit(kind, connection);
    }
    this.faults.add(fault);
  }

  /** Cuts those who are connected now; who comes after the announcement has come to another server. */
  #cutAfter(leadMs: number): void {
    const announced = [...this.connections];
    for (const connection of announced) this.feed.announceCut?.(connection);
    const timer = this.#clock.setTimer(() => {
      this.#cuts.delete(timer);
      for (const connection of announced) {
        if (!connection.isOpen) continue;
        this.faults.count('planned-cut');
        connection.expel(GOING_AWAY, 'going away');
      }
    }, leadMs);
    this.#cuts.add(timer);
  }

  /** Faults that happen at once; the others take effect on the frames to come. */
  #commit(kind: Fault['kind'], connection: Connection): void {
    switch (kind) {
      case 'cut':
        connection.destroy();
        break;
      case 'cut-mid-frame':
        connection.writeRaw(Buffer.concat([FRAME_OF_1000, Buffer.from(this.#strangeFrame.slice(0, 200))]));
        connection.destroy();
        break;
      case 'garbage':
        connection.write('<html>502 Bad Gateway</html>');
        break;
      case 'half-frame':
        connection.write(this.#strangeFrame.slice(0, this.#strangeFrame.length / 2));
        break;
      case 'unknown-symbol':
        connection.write(this.#strangeFrame);
        break;
      case 'huge-frame':
        connection.write(`{"padding":"${'x'.repeat(HUGE_FRAME_BYTES)}"}`);
        break;
      default:
        return;
    }
    this.faults.count(kind);
  }

  stats(): VenueStats {
    const { connections, connectionsTotal, requests, counts } = this.listener;
    return {
      connections: connections.size,
      connectionsTotal,
      requests,
      ...counts,
      sent: { ...this.#sent },
      faults: { ...this.faults.counts },
      breaches: { ...this.#limits.breaches },
      peaks: { ...this.#limits.peaks },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#cuts) timer.cancel();
    return this.listener[Symbol.asyncDispose]();
  }
}
