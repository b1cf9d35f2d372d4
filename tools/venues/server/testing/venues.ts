import { SystemClock } from '@concord/runtime';
import type { ClientOptions } from 'ws';
import type { VenueInstrument, VenueName, Venues, VenuesOptions } from '../../options.ts';
import { startVenues } from '../../start.ts';
import { TestClient } from './client.ts';

export const TEST_INSTRUMENTS: readonly VenueInstrument[] = [
  {
    id: 'BTC-USDT',
    symbols: { binance: 'BTCUSDT', coinbase: 'BTC-USDT', kraken: 'BTC/USDT' },
    priceTick: '0.1',
    sizeStep: '0.00001',
    startPrice: 65_000,
  },
  {
    id: 'XRP-USDT',
    symbols: { binance: 'XRPUSDT', coinbase: 'XRP-USDT', kraken: 'XRP/USDT' },
    priceTick: '0.0001',
    sizeStep: '0.1',
    startPrice: 0.52,
  },
];

/** Simulated venues and clients of them, all of which go away together. */
export class TestVenues implements AsyncDisposable {
  readonly venues: Venues;
  readonly #clients: TestClient[] = [];

  private constructor(venues: Venues) {
    this.venues = venues;
  }

  static async open(more: Partial<VenuesOptions> = {}): Promise<TestVenues> {
    const clock = new SystemClock();
    return new TestVenues(
      await startVenues({ clock, seed: 11, instruments: TEST_INSTRUMENTS, rate: 10, ...more }),
    );
  }

  async client(venue: VenueName, path = '', options: ClientOptions = {}): Promise<TestClient> {
    const client = await TestClient.connect(`${this.venues.addresses[venue]?.wsUrl}${path}`, options);
    this.#clients.push(client);
    return client;
  }

  /** `body` is text where a proxy in front of the venue would answer. */
  async get(venue: VenueName, path: string): Promise<{ status: number; headers: Headers; body: unknown }> {
    const response = await fetch(`${this.venues.addresses[venue]?.restUrl}${path}`);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: jsonOrText(text) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.venues[Symbol.asyncDispose]();
  }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
