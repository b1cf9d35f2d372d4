import { describe, expect, it } from 'vitest';
import { Court, dec, bar, NOON, quote, trade } from '../testing/court.ts';

describe('rule 1, on decoded records', () => {
  it('passes sound records of each kind without a word', () => {
    expect(new Court('trades').say(trade())).toBe('VALID');
    expect(new Court('quotes').say(quote())).toBe('VALID');
    expect(new Court('bars').say(bar())).toBe('VALID');
  });

  it.each([
    ['a session', trade({ session: '' })],
    ['a receive time', trade({ receiveTime: 0, eventTime: null })],
    ['the first id of a numbered kind', trade({ firstId: null, lastId: '5' })],
    ['the last id of a numbered kind', trade({ firstId: '5', lastId: null })],
    ['an opaque id', trade({ idKind: 'OPAQUE', firstId: null, lastId: null })],
  ])('refuses a trade without %s', (_, record) => {
    expect(new Court('trades').say(record)).toBe('REJECTED missing-field');
  });

  it('refuses a size without its price, but lets sides of the book be empty', () => {
    expect(new Court('quotes').say(quote({ bid: null }))).toBe('REJECTED missing-field');
    expect(new Court('quotes').say(quote({ ask: null }))).toBe('REJECTED missing-field');
    expect(new Court('quotes').say(quote({ bid: null, bidSize: null }))).toBe('VALID');
    expect(new Court('quotes').say(quote({ bid: null, bidSize: null, ask: null, askSize: null }))).toBe(
      'VALID',
    );
  });

  it('refuses a bar without an interval or a session', () => {
    expect(new Court('bars').say(bar({ session: '' }))).toBe('REJECTED missing-field');
    expect(new Court('bars').say(bar({ interval: '' }))).toBe('REJECTED missing-field bar-misaligned');
  });

  it.each([
    ['is no number', trade({ firstId: 'abc' })],
    ['has a sign', trade({ firstId: '-4' })],
    ['begins after its end', trade({ firstId: '8', lastId: '7' })],
    ['is longer than can be remembered', trade({ idKind: 'OPAQUE', firstId: 'x'.repeat(129) })],
  ])('refuses an id that %s', (_, record) => {
    expect(new Court('trades').say(record)).toBe('REJECTED bad-id');
  });

  it('refuses a session name too long to be remembered, and does not remember it', () => {
    const court = new Court('trades');
    expect(court.say(trade({ session: 's'.repeat(129) }))).toBe('REJECTED bad-id');
    expect(court.instrument.source('alpha').toSnapshot().memory.sessions).toEqual([]);
  });

  it('says what was found and what was expected', () => {
    const { findings } = new Court('trades').next(trade({ firstId: '8', lastId: '7' }));
    expect(findings.map(({ message }) => message)).toEqual([
      'ids "8" to "7" of kind TRADE: expected decimal numbers, first not after last',
    ]);
  });
});

describe('rule 2', () => {
  it('refuses prices at or below 0 and negative sizes, with every code once', () => {
    expect(new Court('trades').say(trade({ price: 0n }))).toBe('REJECTED price-not-positive');
    expect(new Court('trades').say(trade({ price: dec('-1'), size: dec('-2') }))).toBe(
      'REJECTED price-not-positive size-negative',
    );
    expect(new Court('quotes').say(quote({ bid: dec('-2'), ask: dec('-1') }))).toBe(
      'REJECTED price-not-positive',
    );
    expect(new Court('bars').say(bar({ low: 0n }))).toBe('REJECTED price-not-positive');
  });

  it('allows negative prices where the instrument does', () => {
    const court = new Court('trades', { negativePrices: true });
    expect(court.say(trade({ price: dec('-37.63') }))).toBe('VALID');
    expect(court.say(trade({ firstId: '101', price: 0n }))).toBe('VALID');
  });

  it('lets a size be 0', () => {
    expect(new Court('trades').say(trade({ size: 0n }))).toBe('VALID');
  });

  it('refuses fractions of shares and only of shares', () => {
    const shares = { sizeUnit: 'SHARES' };
    expect(new Court('trades', shares).say(trade({ size: dec('1.5') }))).toBe('REJECTED size-not-whole');
    expect(new Court('trades', shares).say(trade({ size: dec('100') }))).toBe('VALID');
    expect(new Court('bars', shares).say(bar({ volume: dec('100.1') }))).toBe('REJECTED size-not-whole');
    expect(new Court('trades').say(trade({ size: dec('1.5') }))).toBe('VALID');
  });
});

describe('rule 3', () => {
  const bounded = { minimumPrice: '100', maximumPrice: '200', maximumSize: '10' };

  it('refuses what lies beyond the absolute bounds and accepts the bounds themselves', () => {
    for (const price of ['100', '200'])
      expect(new Court('trades', bounded).say(trade({ price: dec(price) }))).toBe('VALID');
    for (const price of ['99.99', '200.01']) {
      expect(new Court('trades', bounded).say(trade({ price: dec(price) }))).toBe(
        'REJECTED price-out-of-bounds',
      );
    }
    expect(new Court('trades', bounded).say(trade({ price: dec('150'), size: dec('10.1') }))).toBe(
      'REJECTED size-out-of-bounds',
    );
    expect(new Court('quotes', bounded).say(quote({ bid: dec('150'), ask: dec('201') }))).toBe(
      'REJECTED price-out-of-bounds',
    );
  });

  it('holds no bar to the bound on single sizes', () => {
    const wide = { ...bounded, minimumPrice: '1' };
    expect(new Court('bars', wide).say(bar({ volume: dec('1000') }))).toBe('VALID');
    expect(new Court('bars', wide).say(bar({ high: dec('201') }))).toBe('REJECTED price-out-of-bounds');
  });

  const banded = [
    { from: '0', tick: '0.0001' },
    { from: '1', tick: '0.01' },
  ];

  it('notes prices off the tick of their band and sizes off the lot', () => {
    const court = new Court('trades', { tickBands: banded, lot: '0.1' });
    expect(court.say(trade({ firstId: '1', price: dec('0.1234') }))).toBe('VALID');
    expect(court.say(trade({ firstId: '2', price: dec('1.2345') }))).toBe('VALID off-tick');
    expect(court.say(trade({ firstId: '3', price: dec('1.23'), size: dec('0.15') }))).toBe('VALID off-lot');
    expect(court.say(trade({ firstId: '4', price: dec('0.12345'), size: dec('0.15') }))).toBe(
      'VALID off-tick off-lot',
    );
  });

  it("takes a source's own grid before the instrument's", () => {
    const venues = {
      alpha: { symbol: 'A', market: null, tickBands: [{ from: '0', tick: '0.5' }], lot: '1' },
      beta: { symbol: 'B', market: null, tickBands: [], lot: null },
    };
    const court = new Court('trades', { tickBands: banded, lot: '0.1', venues });
    expect(court.say(trade({ price: dec('1.01'), size: dec('0.5') }))).toBe('VALID off-tick off-lot');
    expect(court.say(trade({ source: 'beta', session: 's2', price: dec('1.01'), size: dec('0.5') }))).toBe(
      'VALID',
    );
  });

  it('does not judge a price below the lowest band', () => {
    const court = new Court('trades', { tickBands: [{ from: '1', tick: '0.01' }] });
    expect(court.say(trade({ price: dec('0.123456') }))).toBe('VALID');
  });
});

describe('rule 4', () => {
  it('refuses an event time further in the future than clocks differ', () => {
    expect(new Court('trades').say(trade({ eventTime: NOON + 5_000_000 }))).toBe('VALID');
    expect(new Court('trades').say(trade({ eventTime: NOON + 5_000_001 }))).toBe('REJECTED event-in-future');
  });

  it('accepts the clocks of real venues: up to 904 ms ahead', () => {
    expect(new Court('trades').say(trade({ eventTime: NOON + 904_000 }))).toBe('VALID');
  });

  it('refuses a LIVE record a day old, but neither a snapshot nor backfill', () => {
    const eventTime = NOON - 86_400_000_001;
    expect(new Court('trades').say(trade({ eventTime }))).toBe('REJECTED event-too-old');
    expect(new Court('trades').say(trade({ eventTime, origin: 'SNAPSHOT' }))).toBe('VALID');
    expect(new Court('trades').say(trade({ eventTime, origin: 'BACKFILL' }))).toBe('VALID');
  });

  it('says nothing of a record without an event time', () => {
    expect(new Court('trades').say(trade({ eventTime: null }))).toBe('VALID');
  });

  it("notes an ingestor's clock that is ahead of the log", () => {
    expect(new Court('trades').say(trade(), NOON - 1_000_000)).toBe('VALID');
    expect(new Court('trades').say(trade(), NOON - 1_000_001)).toBe('VALID clock-ahead');
  });
});

describe('rule 7', () => {
  it('refuses a bid above the ask and notes one that equals it', () => {
    expect(new Court('quotes').say(quote({ bid: dec('2'), ask: dec('1') }))).toBe('REJECTED crossed');
    expect(new Court('quotes').say(quote({ bid: dec('2'), ask: dec('2') }))).toBe('VALID locked');
  });
});
