import type { Clock } from '@concord/runtime';
import { prepare as prepareBinance } from './binance/recorded.ts';
import { prepare as prepareBybit } from './bybit/recorded.ts';
import { prepare as prepareCoinbase } from './coinbase/recorded.ts';
import { parseGrid, roundTo } from './grid.ts';
import { prepare as prepareIb } from './ib/recorded.ts';
import { prepare as prepareKraken } from './kraken/recorded.ts';
import { prepare as prepareOkx } from './okx/recorded.ts';
import { VENUE_NAMES, type VenueName, type VenuesOptions } from './options.ts';
import { canonicalQuery, readRecording, type RecordedFrame, type Recording } from './recording/files.ts';
import { instrumentsOf } from './recording/instruments.ts';
import { Conductor } from './recording/conductor.ts';
import { RecordingPlayer } from './recording/player.ts';
import type { PreparedFrame } from './recording/prepared.ts';
import type { RestAnswer, RestRequest } from './server/feed.ts';
import type { SimulatedVenue } from './server/simulated-venue.ts';
import type { Source } from './source.ts';
import { Listing } from './tape/listing.ts';

const DEFAULT_GRACE_MS = 1_000;
const DAY_MICROS = 86_400_000_000;

const PREPARE: Readonly<Record<VenueName, (frame: RecordedFrame) => PreparedFrame | undefined>> = {
  binance: prepareBinance,
  coinbase: prepareCoinbase,
  kraken: prepareKraken,
  bybit: prepareBybit,
  okx: prepareOkx,
  ib: prepareIb,
};

/** Recorded frames, played verbatim to those who subscribed to them, and recorded answers for REST. */
export class RecordedSource implements Source {
  readonly isLive = false;
  readonly venues: readonly VenueName[];
  readonly listings: readonly Listing[];
  readonly startAtMs: number;
  readonly finished: Promise<void>;
  readonly #options: VenuesOptions;
  readonly #clock: Clock;
  readonly #recordings: readonly Recording[];
  readonly #conductor = new Conductor();
  readonly #players = new Map<VenueName, RecordingPlayer>();
  readonly #connected = Promise.withResolvers<void>();

  constructor(options: VenuesOptions, files: readonly string[]) {
    this.#options = options;
    this.#clock = options.clock;
    this.#recordings = files.map(readRecording);
    const firsts = this.#recordings.flatMap((one) => one.frames[0]?.atMicros ?? []);
    const first = Math.min(...firsts);
    if (Math.max(...firsts) - first > DAY_MICROS) {
      throw new RangeError('recordings of different days cannot share one clock: play them in separate runs');
    }
    this.startAtMs = Math.floor((Number.isFinite(first) ? first : 0) / 1_000);
    const wanted = options.venues ?? VENUE_NAMES;
    this.venues = VENUE_NAMES.filter(
      (name) => wanted.includes(name) && this.#recordings.some((one) => one.venue === name),
    );
    this.listings = this.#listingsOfRecordings();
    this.finished = this.#connected.promise.then(async () => {
      await Promise.all([...this.#players.values()].map((player) => player.finished));
    });
  }

  #listingsOfRecordings(): Listing[] {
    return instrumentsOf(this.#recordings).flatMap((one) =>
      this.venues.flatMap((venue) => {
        const symbol = one.symbols[venue];
        if (symbol === undefined) return [];
        const [priceGrid, sizeGrid] = [parseGrid(one.priceTick), parseGrid(one.sizeStep)];
        const startPrice = roundTo(priceGrid, Number(one.startPrice));
        const { id: instrument, priceTick, sizeStep } = one;
        return new Listing({
          instrument,
          venue,
          symbol,
          priceTick,
          sizeStep,
          priceGrid,
          sizeGrid,
          startPrice,
          firstId: 0,
          keptTrades: 1,
        });
      }),
    );
  }

  now(): number {
    return this.#clock.nowMicros();
  }

  clockOffset(): number {
    return 0;
  }

  connect(venue: VenueName, server: SimulatedVenue): void {
    const { speed = 1, graceMs = DEFAULT_GRACE_MS, onProgress } = this.#options;
    const player = new RecordingPlayer({
      clock: this.#clock,
      venue,
      frames: this.#framesOf(venue),
      speed,
      conductor: this.#conductor,
      graceMs,
      feed: server.feed,
      sent: (frame, sentTo) => server.countReplayed(frame, sentTo),
      connections: () => server.connections,
      onProgress,
    });
    this.#players.set(venue, player);
  }

  /** The files of a venue in the order of their times. */
  #framesOf(venue: VenueName): PreparedFrame[] {
    return this.#recordings
      .filter((one) => one.venue === venue)
      .sort((a, b) => (a.frames[0]?.atMicros ?? 0) - (b.frames[0]?.atMicros ?? 0))
      .flatMap((one) => one.frames.flatMap((frame) => PREPARE[venue](frame) ?? []));
  }

  subscribed(venue: VenueName): void {
    this.#players.get(venue)?.subscribed();
  }

  warmUp(): void {
    this.#connected.resolve();
  }

  run(): Disposable {
    for (const player of this.#players.values()) player.start();
    return {
      [Symbol.dispose]: () => {
        for (const player of this.#players.values()) player[Symbol.dispose]();
      },
    };
  }

  attack(): void {
    throw new RangeError("fault 'attack' needs the synthetic market; a recording is being played");
  }

  recordedAnswer(venue: VenueName, request: RestRequest): RestAnswer | undefined {
    const path = presentPath(request.path);
    const query = canonicalQuery(request.query);
    for (const recording of this.#recordings) {
      if (recording.venue !== venue) continue;
      const found = recording.answers.find((one) => presentPath(one.path) === path && one.query === query);
      if (found !== undefined) return { status: 200, body: found.body };
    }
    return undefined;
  }
}

/** Recordings were asked under paths that have since been retired. */
function presentPath(path: string): string {
  return path.replace('/api/v1/', '/api/v3/');
}
