import { parseFixed, type Micros } from '@concord/model';
import { NOTHING, type FrameParser, type ParsedFrame } from '@concord/sources';
import { testContext } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { createParser } from './parse.ts';

const RECEIVED: Micros = 1_786_309_560_500_000;

/** A session: wraps events into the venue's envelope and numbers them. */
class Session {
  readonly parser: FrameParser = createParser(testContext('coinbase', ['BTC-USD', 'ETH-USD']));
  sequence = 0;

  send(channel: string, ...events: unknown[]): ParsedFrame {
    return this.raw({
      channel,
      timestamp: '2026-08-09T21:06:00.123456789Z',
      sequence_num: this.sequence++,
      events,
    });
  }

  raw(frame: unknown): ParsedFrame {
    return this.parser.parse(typeof frame === 'string' ? frame : JSON.stringify(frame), RECEIVED);
  }
}

const trade = {
  product_id: 'BTC-USD',
  trade_id: '1068572091',
  price: '65083.67',
  size: '0.01034361',
  time: '2026-08-09T21:05:48.167634Z',
  side: 'SELL',
};

function level(side: 'bid' | 'offer', price: string, size: string): object {
  return { side, event_time: '2026-08-09T21:05:48.170326Z', price_level: price, new_quantity: size };
}

const snapshot = {
  type: 'snapshot',
  product_id: 'BTC-USD',
  updates: [
    level('bid', '99.5', '1'),
    level('bid', '99', '2'),
    level('offer', '100', '3'),
    level('offer', '101', '4'),
  ],
};

function update(...updates: object[]): object {
  return { type: 'update', product_id: 'BTC-USD', updates };
}

const candle = {
  product_id: 'BTC-USD',
  start: '1786309500',
  open: '1919.58',
  high: '1919.6',
  low: '1919.27',
  close: '1919.41',
  volume: '36.36630914',
};

describe('Coinbase trades', () => {
  it("turn the maker's side round", () => {
    const sides = ['BUY', 'SELL', 'UNKNOWN_ORDER_SIDE'].flatMap((side) =>
      new Session()
        .send('market_trades', { type: 'update', trades: [{ ...trade, side }] })
        .trades.map((one) => one.side),
    );
    expect(sides).toEqual(['SELL', 'BUY', null]);
  });

  it('keep exact numbers, both times, the id and the number of the message', () => {
    const session = new Session();
    session.send('heartbeats', {});
    expect(session.send('market_trades', { type: 'update', trades: [trade] }).trades).toMatchObject([
      {
        venueSymbol: 'BTC-USD',
        idKind: 'TRADE',
        firstId: '1068572091',
        lastId: '1068572091',
        price: parseFixed('65083.67'),
        size: parseFixed('0.01034361'),
        eventTime: 1_786_309_548_167_634,
        eventTimePrecision: 'MICROSECOND',
        receiveTime: RECEIVED,
        venueSequence: 1,
        origin: 'LIVE',
      },
    ]);
  });

  it('are published oldest first, those of a snapshot as such', () => {
    const trades = ['12', '11', '10'].map((trade_id) => ({ ...trade, trade_id }));
    const parsed = new Session().send('market_trades', { type: 'snapshot', trades });
    expect(parsed.trades.map(({ firstId, origin, ordinal }) => [firstId, origin, ordinal])).toEqual([
      ['10', 'SNAPSHOT', 1],
      ['11', 'SNAPSHOT', 2],
      ['12', 'SNAPSHOT', 3],
    ]);
  });

  it('pass where another of the same frame is refused', () => {
    const trades = [trade, { ...trade, price: 'x' }, { ...trade, product_id: 'NO-SUCH' }];
    const parsed = new Session().send('market_trades', { type: 'update', trades });
    expect(parsed.trades).toHaveLength(1);
    expect(parsed.refusals.map(({ code, symbol }) => [code, symbol])).toEqual([
      ['bad-number', 'BTC-USD'],
      ['unknown-symbol', 'NO-SUCH'],
    ]);
  });
});

describe('Coinbase quotes', () => {
  it("are the top of level2's book, told only when the top changes", () => {
    const session = new Session();
    const told = [
      session.send('l2_data', snapshot),
      session.send('l2_data', update(level('bid', '98', '7'))),
      session.send('l2_data', update(level('bid', '99.5', '1.5'))),
      session.send('l2_data', update(level('offer', '99.75', '9'), level('offer', '99.75', '0'))),
      session.send('l2_data', update(level('offer', '100', '0'))),
    ].map(({ quotes }) =>
      quotes.map(({ bid, bidSize, ask, askSize, origin }) => [bid, bidSize, ask, askSize, origin]),
    );
    const top = (...texts: string[]): (bigint | undefined)[] => texts.map(parseFixed);
    expect(told).toEqual([
      [[...top('99.5', '1', '100', '3'), 'SNAPSHOT']],
      [],
      [[...top('99.5', '1.5', '100', '3'), 'LIVE']],
      [],
      [[...top('99.5', '1.5', '101', '4'), 'LIVE']],
    ]);
  });

  it('carry the time of the book change and the number of the message', () => {
    const [quote] = new Session().send('l2_data', snapshot).quotes;
    expect(quote).toMatchObject({
      eventTime: 1_786_309_548_170_326,
      eventTimePrecision: 'MICROSECOND',
      venueSequence: 0,
      idKind: 'NONE',
    });
  });

  it('say that a side is empty', () => {
    const session = new Session();
    session.send('l2_data', snapshot);
    const [quote] = session.send(
      'l2_data',
      update(level('offer', '100', '0'), level('offer', '101', '0')),
    ).quotes;
    expect(quote).toMatchObject({ bid: parseFixed('99.5'), ask: null, askSize: null });
  });

  it('are silent before the snapshot', () => {
    expect(new Session().send('l2_data', update(level('bid', '99', '1'))).quotes).toEqual([]);
  });

  it('are held back for every product after a message was lost, until the snapshot comes again', () => {
    const session = new Session();
    session.send('l2_data', snapshot);
    session.sequence += 2;
    const parsed = session.send('heartbeats', {});
    expect(parsed.resyncs).toMatchObject([
      { listing: { symbol: 'BTC-USD' }, kind: 'quotes', reason: 'messages 1 to 2 are missing' },
    ]);
    expect(session.send('l2_data', update(level('bid', '99.75', '1'))).quotes).toEqual([]);
    expect(session.send('l2_data', snapshot).quotes).toHaveLength(1);
  });

  it('tell one loss once, and none for a message that comes twice', () => {
    const session = new Session();
    session.send('l2_data', snapshot);
    for (let beats = 0; beats < 3; beats++) session.send('heartbeats', {});
    session.sequence = 1;
    expect(session.send('heartbeats', {}).resyncs).toEqual([]);
    session.sequence = 4;
    expect(session.send('heartbeats', {}).resyncs).toEqual([]);
    session.sequence = 7;
    expect(session.send('heartbeats', {}).resyncs).toHaveLength(1);
    expect(session.send('heartbeats', {}).resyncs).toEqual([]);
  });

  it('are not changed by a message that comes again under a number that is past, which is refused', () => {
    const session = new Session();
    session.send('l2_data', snapshot);
    session.send('l2_data', update(level('bid', '99.75', '1')));
    session.send('l2_data', update(level('bid', '99.75', '0')));
    session.sequence = 1;
    const again = session.send('l2_data', update(level('bid', '99.75', '1')));
    expect(again.refusals.map(({ code }) => code)).toEqual(['repeated-frame']);
    expect([again.quotes, again.resyncs]).toEqual([[], []]);
    session.sequence = 3;
    const [next] = session.send('l2_data', update(level('offer', '100', '5'))).quotes;
    expect(next).toMatchObject({ bid: parseFixed('99.5'), askSize: parseFixed('5') });
  });

  it('do not begin with a snapshot that comes late, after what it is changed by', () => {
    const session = new Session();
    session.send('l2_data', { ...snapshot, product_id: 'ETH-USD' });
    session.sequence = 2;
    const changed = session.send('l2_data', update(level('bid', '99.5', '0')));
    expect(changed.resyncs.map(({ listing, reason }) => [listing.symbol, reason])).toEqual([
      ['ETH-USD', 'messages 1 to 1 are missing'],
      ['BTC-USD', 'changes came without their snapshot'],
    ]);
    session.sequence = 1;
    expect(session.send('l2_data', snapshot)).toEqual(NOTHING);
  });

  it('are asked for once while the snapshot is awaited, and again when it may have been lost', () => {
    const session = new Session();
    const change = (): number => session.send('l2_data', update(level('bid', '99', '1'))).resyncs.length;
    expect([change(), change()]).toEqual([1, 0]);
    session.sequence++;
    expect([change(), change()]).toEqual([1, 0]);
    session.send('l2_data', snapshot);
    expect(change()).toBe(0);
  });

  it('do not lose a trade that comes in the frame that shows a loss', () => {
    const session = new Session();
    session.send('l2_data', snapshot);
    session.sequence = 5;
    const parsed = session.send('market_trades', { type: 'update', trades: [trade] });
    expect([parsed.trades.length, parsed.resyncs.length]).toEqual([1, 1]);
  });

  it('are held back when the book crosses itself or a level cannot be read', () => {
    const session = new Session();
    session.send('l2_data', snapshot);
    const crossed = session.send('l2_data', update(level('bid', '100.5', '1')));
    expect([crossed.quotes, crossed.resyncs.map(({ reason }) => reason)]).toEqual([
      [],
      ['the book crossed itself'],
    ]);
    session.send('l2_data', snapshot);
    const unread = session.send('l2_data', update(level('bid', 'x', '1')));
    expect(unread.resyncs.map(({ reason }) => reason)).toEqual(['a level could not be read']);
    expect(unread.refusals).toMatchObject([{ code: 'bad-number', symbol: 'BTC-USD' }]);
  });
});

describe('Coinbase candles', () => {
  it('are five minutes long and become final when the next begins', () => {
    const session = new Session();
    const next = { ...candle, start: '1786309800' };
    const bars = [
      ...session.send('candles', { type: 'snapshot', candles: [candle] }).bars,
      ...session.send('candles', { type: 'update', candles: [{ ...candle, close: '1919.5' }] }).bars,
      ...session.send('candles', { type: 'update', candles: [next] }).bars,
    ];
    expect(bars.map(({ start, revision, final, origin }) => [start / 1e6, revision, final, origin])).toEqual([
      [1786309500, 0, false, 'SNAPSHOT'],
      [1786309500, 1, false, 'LIVE'],
      [1786309500, 2, true, 'LIVE'],
      [1786309800, 0, false, 'LIVE'],
    ]);
    expect(bars[2]?.close).toBe(parseFixed('1919.5'));
    expect(bars[0]).toMatchObject({ interval: '5m', quoteVolume: null, tradeCount: null, vwap: null });
  });
});

describe('Coinbase frames', () => {
  it('confirm streams by channel and product', () => {
    const subscriptions = {
      level2: ['BTC-USD'],
      market_trades: ['BTC-USD', 'ETH-USD'],
      heartbeats: ['heartbeats'],
    };
    expect(new Session().send('subscriptions', { subscriptions }).acks).toEqual([
      'level2:BTC-USD',
      'market_trades:BTC-USD',
      'market_trades:ETH-USD',
      'heartbeats:heartbeats',
    ]);
  });

  it('emit nothing for a heartbeat but that it beats, and nothing for tickers and status', () => {
    const session = new Session();
    expect(session.send('heartbeats', { heartbeat_counter: 1 })).toEqual({ ...NOTHING, heartbeat: true });
    for (const channel of ['ticker', 'ticker_batch', 'status'])
      expect(session.send(channel, {})).toEqual(NOTHING);
  });

  it('tell an error that the venue sends', () => {
    expect(new Session().raw({ type: 'error', message: 'authentication failure' }).errors).toEqual([
      { code: 'venue-error', message: 'authentication failure', keys: [] },
    ]);
  });

  const envelope = { channel: 'market_trades', timestamp: '2026-08-09T21:06:00Z', sequence_num: 0 };
  const withTrade = (over: object): object => ({
    ...envelope,
    events: [{ type: 'update', trades: [{ ...trade, ...over }] }],
  });

  it.each([
    ['', 'not-json'],
    ['{"channel":"market_trades","timest', 'not-json'],
    ['[]', 'unknown-frame'],
    [{ hello: 'world' }, 'unknown-frame'],
    [{ ...envelope, channel: 'news', events: [] }, 'unknown-frame'],
    [{ ...envelope, sequence_num: '0', events: [] }, 'bad-field'],
    [{ ...envelope, events: {} }, 'bad-field'],
    [{ ...envelope, events: [7] }, 'bad-field'],
    [{ ...envelope, events: [{ type: 'other', trades: [] }] }, 'bad-field'],
    [{ ...envelope, events: [{ type: 'update', trades: ['x'] }] }, 'bad-field'],
    [withTrade({ trade_id: 12 }), 'bad-field'],
    [withTrade({ side: 'buy' }), 'bad-field'],
    [withTrade({ side: 'constructor' }), 'bad-field'],
    [withTrade({ time: 'yesterday' }), 'bad-time'],
    [withTrade({ size: 0.5 }), 'bad-number'],
    [{ ...envelope, channel: 'l2_data', events: [{ ...snapshot, updates: 7 }] }, 'bad-field'],
    [{ ...envelope, channel: 'l2_data', events: [{ ...snapshot, product_id: 'NO-SUCH' }] }, 'unknown-symbol'],
    [{ ...envelope, channel: 'candles', events: [{ type: 'update' }] }, 'bad-field'],
    [
      { ...envelope, channel: 'candles', events: [{ type: 'update', candles: [{ ...candle, start: 'x' }] }] },
      'bad-time',
    ],
    [
      { ...envelope, channel: 'candles', events: [{ type: 'update', candles: [{ ...candle, low: 1 }] }] },
      'bad-number',
    ],
    [{ ...envelope, channel: 'candles', events: [{ type: 'update', candles: [null] }] }, 'bad-field'],
    [{ ...envelope, channel: 'subscriptions', events: [{ subscriptions: 1 }] }, 'bad-field'],
  ])('refuse %j as %s and emit nothing', (frame, code) => {
    const parsed = new Session().raw(frame);
    expect(parsed.refusals.map((refusal) => refusal.code)).toEqual([code]);
    expect([...parsed.trades, ...parsed.quotes, ...parsed.bars]).toEqual([]);
  });
});
