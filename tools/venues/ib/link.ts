import type { Clock, Timer } from '@concord/runtime';
import { NOTICES, type Notice } from './codes.ts';
import type { Line, Lines } from './lines.ts';

/** What can be away behind the gateway, while the clients' sockets stay open. */
export type Outage = 'connectivity' | 'market-farm' | 'history-farm' | 'competing-session';

interface Words {
  readonly lost: Notice;
  readonly kept: Notice;
  readonly dropped: Notice;
}

/** What is said when it goes away, when it is back with every line, and when it is back without. A competing session is told to each line. */
const WORDS: Readonly<Record<Exclude<Outage, 'competing-session'>, Words>> = {
  connectivity: {
    lost: NOTICES.connectivityLost,
    kept: NOTICES.connectivityBackDataKept,
    dropped: NOTICES.connectivityBackDataLost,
  },
  'market-farm': {
    lost: NOTICES.marketFarmBroken,
    kept: NOTICES.marketFarmOk,
    dropped: NOTICES.marketFarmOk,
  },
  'history-farm': {
    lost: NOTICES.historyFarmBroken,
    kept: NOTICES.historyFarmOk,
    dropped: NOTICES.historyFarmOk,
  },
};

/** The lines that the venue forgets with each when data is lost. */
const TOUCHED: Readonly<Record<Outage, readonly Line['kind'][]>> = {
  connectivity: ['market-data', 'tick-by-tick', 'real-time-bars', 'bars'],
  'market-farm': ['market-data', 'tick-by-tick', 'real-time-bars'],
  'history-farm': ['bars'],
  'competing-session': ['market-data', 'tick-by-tick', 'real-time-bars'],
};

/** The gateway's own connections to the venue: which are up, and what is said when that changes. */
export class Link implements Disposable {
  readonly #clock: Clock;
  readonly #lines: Lines;
  readonly #tell: (notice: Notice) => void;
  readonly #down = new Map<Outage, Timer>();

  /** `tell` reaches every client. */
  constructor(clock: Clock, lines: Lines, tell: (notice: Notice) => void) {
    this.#clock = clock;
    this.#lines = lines;
    this.#tell = tell;
  }

  isDown(outage: Outage): boolean {
    return this.#down.has(outage);
  }

  /** Whether live data comes through. */
  get hasMarketData(): boolean {
    return !this.isDown('connectivity') && !this.isDown('market-farm') && !this.isDown('competing-session');
  }

  get hasHistory(): boolean {
    return !this.isDown('connectivity') && !this.isDown('history-farm');
  }

  /** Takes something away for so long. One that is away already comes back at the new end. */
  lose(outage: Outage, durationMs: number, isDataLost: boolean): void {
    this.#down.get(outage)?.cancel();
    const isNew = !this.#down.has(outage);
    const timer = this.#clock.setTimer(() => {
      this.#down.delete(outage);
      if (isDataLost) this.#forget(outage);
      if (outage !== 'competing-session') this.#tell(isDataLost ? WORDS[outage].dropped : WORDS[outage].kept);
    }, durationMs);
    this.#down.set(outage, timer);
    if (isNew && outage !== 'competing-session') this.#tell(WORDS[outage].lost);
  }

  /** Nothing comes on these lines until they are asked for again, with whatever id. */
  #forget(outage: Outage): void {
    for (const { client, kind, id } of [...this.#lines.all()])
      if (TOUCHED[outage].includes(kind)) this.#lines.close(client, kind, id);
  }

  /** What a client is told that has just connected. */
  greeting(): Notice[] {
    if (this.isDown('connectivity')) return [NOTICES.connectivityLost];
    return [
      this.isDown('market-farm') ? NOTICES.marketFarmBroken : NOTICES.marketFarmOk,
      this.isDown('history-farm') ? NOTICES.historyFarmBroken : NOTICES.historyFarmOk,
      NOTICES.definitionFarmOk,
    ];
  }

  [Symbol.dispose](): void {
    for (const timer of this.#down.values()) timer.cancel();
    this.#down.clear();
  }
}
