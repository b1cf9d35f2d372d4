import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attack } from './attacks.ts';
import type { MarketEvent, QuoteEvent, TradesEvent } from './events.ts';
import { Market, type MarketInstrument, type MarketOptions } from './market.ts';
import { venueParameters } from './parameters.ts';

const START = 1_800_000_000_000_000;
const SECOND = 1_000_000;
const VENUES = ['binance', 'coinbase', 'kraken'];

const everywhere = (priceTick: string, sizeStep: string): MarketInstrument['venues'] =>
  Object.fromEntries(VENUES.map((venue) => [venue, { priceTick, sizeStep }]));

const BTC: MarketInstrument = {
  id: 'BTC-USDT',
  venues: everywhere('0.01', '0.00001'),
  startPrice: 65_000,
};
const XRP: MarketInstrument = {
  id: 'XRP-USDT',
  venues: everywhere('0.0005', '0.1'),
  startPrice: 0.52,
};

function market(more: Partial<MarketOptions> = {}): Market {
  const venues = VENUES.map((venue) => venueParameters(venue));
  return new Market({ seed: 7, startMicros: START, instruments: [BTC, XRP], venues, ...more });
}

function run(seconds: number, more: Partial<MarketOptions> = {}): MarketEvent[] {
  return market(more).advanceTo(START + seconds * SECOND);
}

function quotes(events: readonly MarketEvent[], listing: number): QuoteEvent[] {
  return events.filter((one): one is QuoteEvent => one.kind === 'quote' && one.listing === listing);
}

function trades(events: readonly MarketEvent[], listing?: number): TradesEvent[] {
  return events.filter(
    (one): one is TradesEvent => one.kind === 'trades' && (listing === undefined || one.listing === listing),
  );
}

describe('the synthetic market', () => {
  it('gives the same events however the instants are chosen at which it is asked', () => {
    const whole = run(5);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 900_000 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 70 }),
        (gaps, most) => {
          const asked = market();
          const events: MarketEvent[] = [];
          let at = START;
          for (const gap of gaps)
            events.push(...asked.advanceTo(Math.min((at += gap), START + 5 * SECOND), most));
          while (asked.nowMicros < START + 5 * SECOND)
            events.push(...asked.advanceTo(START + 5 * SECOND, most));
          expect(events).toEqual(whole);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('keeps each venue to its own steps of price and size', () => {
    const kraken = { priceTick: '0.5', sizeStep: '0.01' };
    const events = run(60, { instruments: [{ ...BTC, venues: { ...BTC.venues, kraken } }] });
    // Points of the third listing count 0.1 and 0.01, those of the first 0.01 and 0.00001.
    const [fine, coarse] = [0, 2].map((listing) => {
      const prices = [...trades(events, listing).flatMap((one) => one.prices)];
      for (const { bid, ask } of quotes(events, listing)) prices.push(bid, ask);
      return { prices, sizes: trades(events, listing).flatMap((one) => one.sizes) };
    });
    expect(coarse?.prices.length).toBeGreaterThan(50);
    expect(coarse?.prices.every((price) => price % 5 === 0 && price > 500_000 && price < 800_000)).toBe(true);
    expect(coarse?.sizes.every((size) => Number.isSafeInteger(size) && size >= 1)).toBe(true);
    expect(fine?.prices.some((price) => price % 50 !== 0)).toBe(true);
  });

  it('differs from seed to seed', () => {
    expect(run(2, { seed: 8 })).not.toEqual(run(2));
  });

  it('is not changed by another instrument or another venue', () => {
    const alone = run(20, { instruments: [BTC], venues: [venueParameters('binance')] });
    expect(run(20).filter((one) => one.listing === 0)).toEqual(alone);
  });

  it('keeps to the grid, quotes a bid below the ask, and goes forward in time, by the venue clock too', () => {
    /** What is wrong with an event, given the one before it of the same listing. */
    function faults(event: MarketEvent, before: MarketEvent | undefined): string[] {
      const unit = event.listing < 3 ? 1 : 5;
      const prices = event.kind === 'quote' ? [event.bid, event.ask] : event.prices;
      const sizes = event.kind === 'quote' ? [event.bidSize, event.askSize] : event.sizes;
      const found: string[] = [];
      if (event.kind === 'quote' && event.bid >= event.ask) found.push('crossed');
      if (event.at < (before?.at ?? 0) || event.venueAt < (before?.venueAt ?? 0)) found.push('backwards');
      if (prices.some((price) => !(price > 0) || price % unit !== 0)) found.push('price off the grid');
      if (sizes.some((size) => !(Number.isSafeInteger(size) && size > 0))) found.push('size off the grid');
      return found;
    }
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const last = new Map<number, MarketEvent>();
        const found = run(30, { seed, rate: 5 }).flatMap((event) => {
          const wrong = faults(event, last.get(event.listing));
          last.set(event.listing, event);
          return wrong;
        });
        expect(found).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });

  it('prints trades at the touch, and those of a burst at it or beyond', () => {
    const touch = new Map<number, QuoteEvent>();
    const off: TradesEvent[] = [];
    for (const event of run(60, { rate: 5 })) {
      if (event.kind === 'quote') touch.set(event.listing, event);
      else {
        const { bid = 0, ask = 0 } = touch.get(event.listing) ?? {};
        // A size or a price that does not change is not quoted again, so that the touch is always the last quote.
        if (event.prices[0] !== (event.takerBuys ? ask : bid)) off.push(event);
        if (event.prices.some((price) => (event.takerBuys ? price < ask : price > bid))) off.push(event);
      }
    }
    expect(off).toEqual([]);
  });

  it('stays near the true price: the venue mid is off by its basis, its delay and its half-spread', () => {
    for (const quote of quotes(run(300), 0)) {
      const mid = (quote.bid + quote.ask) / 200;
      expect(Math.abs(mid / quote.truePrice - 1)).toBeLessThan(0.0015);
    }
  });

  it('has arrivals near their rates, bursts among them', () => {
    const events = run(600, { rate: 10 });
    const fills = trades(events, 0).reduce((sum, one) => sum + one.prices.length, 0);
    const { tradesPerSecond, quotesPerSecond } = venueParameters('binance');
    expect(fills / 600 / (tradesPerSecond * 10)).toBeGreaterThan(0.85);
    expect(fills / 600 / (tradesPerSecond * 10)).toBeLessThan(1.15);
    expect(quotes(events, 0).length / 600).toBeLessThanOrEqual(quotesPerSecond * 10 * 1.02);
    const bursts = trades(events).filter((one) => one.prices.length > 1);
    const share = bursts.length / trades(events).length;
    expect(share).toBeGreaterThan(0.04);
    expect(share).toBeLessThan(0.06);
    for (const one of bursts) expect(one.prices.length).toBeLessThanOrEqual(40);
  });

  it('moves with the volatility it was given', () => {
    const hours = 6;
    const asked = market({ instruments: [{ ...BTC, venues: {} }] });
    let sum = 0;
    let before = Math.log(asked.truePrice('BTC-USDT'));
    for (let minute = 1; minute <= hours * 60; minute++) {
      asked.advanceTo(START + minute * 60 * SECOND);
      const now = Math.log(asked.truePrice('BTC-USDT'));
      sum += (now - before) ** 2;
      before = now;
    }
    const annual = Math.sqrt((sum / (hours * 60)) * 365 * 24 * 60);
    // 0.6 a year times a factor between 0.5 and 3, and perhaps a jump.
    expect(annual).toBeGreaterThan(0.3);
    expect(annual).toBeLessThan(2.5);
  });
});

describe('an attack', () => {
  const attack: Attack = {
    kind: 'offset',
    seed: 3,
    venues: ['kraken'],
    size: 0.02,
    fromMicros: 2 * SECOND,
    lengthMicros: 2 * SECOND,
  };

  function offBy(quote: QuoteEvent): number {
    return (quote.bid + quote.ask) / 200 / quote.truePrice - 1;
  }

  it('leaves every other venue, and its own venue before and after, as they were', () => {
    const [calm, hit] = [run(6), run(6, { attacks: [attack] })];
    expect(hit.filter((one) => one.listing % 3 !== 2)).toEqual(calm.filter((one) => one.listing % 3 !== 2));
    const before = (one: MarketEvent): boolean => one.at < START + 2 * SECOND;
    expect(hit.filter(before)).toEqual(calm.filter(before));
    for (const quote of quotes(hit, 2).filter((one) => one.at > START + 5 * SECOND))
      expect(Math.abs(offBy(quote))).toBeLessThan(0.002);
  });

  it('by an offset moves the price by its size', () => {
    const during = quotes(run(6, { attacks: [attack] }), 2).filter(
      (one) => one.at >= START + 2 * SECOND && one.at < START + 4 * SECOND,
    );
    expect(during.length).toBeGreaterThan(3);
    for (const quote of during) expect(offBy(quote)).toBeCloseTo(0.02, 2);
  });

  it('may be stuck, absent, late, or have wrong ticks', () => {
    const of = (kind: Attack['kind'], more: Partial<Attack> = {}): MarketEvent[] =>
      run(60, {
        rate: 10,
        attacks: [
          {
            kind,
            seed: 5,
            venues: ['binance'],
            instruments: ['BTC-USDT'],
            lengthMicros: 60 * SECOND,
            ...more,
          },
        ],
      });
    // Stuck from the start: nothing but the spread moves the quote, which stays around one mid.
    const stuck = quotes(of('stuck'), 0);
    const mids = stuck.map((one) => (one.bid + one.ask) / 200);
    expect(Math.max(...mids) / Math.min(...mids) - 1).toBeLessThan(0.0002);
    expect(of('absent').filter((one) => one.listing === 0)).toEqual([]);
    const calm = quotes(run(60, { rate: 10 }), 0);
    const wrong = (events: MarketEvent[]): number =>
      quotes(events, 0).filter((one, i) => one.bid !== calm[i]?.bid || one.ask !== calm[i]?.ask).length /
      calm.length;
    expect(wrong(of('spikes'))).toBeGreaterThan(0.002);
    expect(wrong(of('spikes'))).toBeLessThan(0.02);
    expect(wrong(of('decimal-shift', { share: 0.05 }))).toBeGreaterThan(0.05);
    expect(wrong(of('transposition', { share: 0.05 }))).toBeGreaterThan(0.03);
    expect(wrong(of('bad-bursts', { share: 0.01 }))).toBeGreaterThan(0.05);
    expect(
      Math.max(
        ...quotes(of('flash-crash'), 0).map((one) => -((one.bid + one.ask) / 200 / one.truePrice - 1)),
      ),
    ).toBeCloseTo(0.05, 2);
  });

  it('with the old price returns with what it last quoted before it went', () => {
    const attacks: Attack[] = [
      {
        kind: 'old-price',
        seed: 1,
        venues: ['binance'],
        fromMicros: 10 * SECOND,
        lengthMicros: 300 * SECOND,
      },
    ];
    const events = quotes(run(320, { attacks }), 0);
    const before = events.filter((one) => one.at < START + 10 * SECOND).at(-1) as QuoteEvent;
    const first = events.find((one) => one.at >= START + 10 * SECOND) as QuoteEvent;
    expect(first.at).toBeGreaterThanOrEqual(START + 310 * SECOND);
    expect(Math.abs((first.bid + first.ask) / (before.bid + before.ask) - 1)).toBeLessThan(0.0001);
  });
});
