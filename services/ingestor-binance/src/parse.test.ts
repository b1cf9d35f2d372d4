import { parseFixed, type Micros } from '@concord/model';
import { NOTHING, type ParsedFrame } from '@concord/sources';
import { testContext } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { createParser } from './parse.ts';

const RECEIVED: Micros = 1_767_225_600_500_000;

function parse(...messages: (string | object)[]): ParsedFrame {
  const parser = createParser(testContext('binance', ['BTCUSDT', 'ETHUSDT']));
  const parsed = messages.map((message) =>
    parser.parse(typeof message === 'string' ? message : JSON.stringify(message), RECEIVED),
  );
  return parsed.at(-1) ?? NOTHING;
}

function combined(stream: string, data: object): object {
  return { stream, data };
}

const aggregate = {
  e: 'aggTrade',
  E: 1_767_225_600_400,
  s: 'BTCUSDT',
  a: 26129,
  p: '65083.56000000',
  q: '0.00100000',
  f: 100,
  l: 105,
  T: 1_767_225_600_390,
  m: true,
  M: true,
};
const trade = {
  e: 'trade',
  E: 1_767_225_600_400,
  s: 'BTCUSDT',
  t: 12345,
  p: '65083.56000000',
  q: '0.00100000',
  T: 1_767_225_600_390,
  m: false,
  M: true,
};
const bookTicker = {
  u: 400900217,
  s: 'ETHUSDT',
  b: '25.35190000',
  B: '31.21000000',
  a: '25.36520000',
  A: '40.66000000',
};
const kline = {
  e: 'kline',
  E: 1_767_225_602_005,
  s: 'BTCUSDT',
  k: {
    t: 1_767_225_600_000,
    T: 1_767_225_659_999,
    s: 'BTCUSDT',
    i: '1m',
    f: 100,
    L: 200,
    o: '0.0010',
    c: '0.0020',
    h: '0.0025',
    l: '0.0009',
    v: '1000',
    n: 100,
    x: false,
    q: '1.0000',
    V: '500',
    Q: '0.500',
    B: '123456',
  },
};

describe('Binance frames', () => {
  it('read an aggregate trade: its own id, the fills it covers, a maker buyer as a taker seller', () => {
    expect(parse(combined('btcusdt@aggTrade', aggregate)).trades).toEqual([
      {
        instrument: 'BTCUSDT',
        source: 'binance',
        venueSymbol: 'BTCUSDT',
        market: null,
        eventTime: 1_767_225_600_390_000,
        eventTimePrecision: 'MILLISECOND',
        receiveTime: RECEIVED,
        idKind: 'AGGREGATE',
        firstId: '26129',
        lastId: '26129',
        fills: 6,
        venueSequence: null,
        session: 'session-1',
        ordinal: 1,
        origin: 'LIVE',
        conditions: [],
        action: 'NEW',
        delayed: false,
        sampled: false,
        currency: 'QUOTE',
        sizeUnit: 'BASE',
        price: parseFixed('65083.56'),
        size: parseFixed('0.001'),
        side: 'SELL',
      },
    ]);
  });

  it('read a single trade, on the raw endpoint as on the combined one', () => {
    const [one] = parse(trade).trades;
    expect(one).toMatchObject({ idKind: 'TRADE', firstId: '12345', fills: null, side: 'BUY' });
    expect(parse(combined('btcusdt@trade', trade)).trades).toEqual([one]);
  });

  it('read times in microseconds when the venue sends them so', () => {
    const [one] = parse({ ...trade, T: 1_767_225_600_390_123 }).trades;
    expect(one).toMatchObject({ eventTime: 1_767_225_600_390_123, eventTimePrecision: 'MICROSECOND' });
  });

  it('read a book ticker, which has a number and no time', () => {
    expect(parse(combined('ethusdt@bookTicker', bookTicker)).quotes).toMatchObject([
      {
        venueSymbol: 'ETHUSDT',
        idKind: 'UPDATE',
        firstId: '400900217',
        eventTime: null,
        eventTimePrecision: null,
        receiveTime: RECEIVED,
        bid: parseFixed('25.3519'),
        bidSize: parseFixed('31.21'),
        ask: parseFixed('25.3652'),
        askSize: parseFixed('40.66'),
      },
    ]);
  });

  it('read a side of the book without orders as absent', () => {
    const [quote] = parse({ ...bookTicker, b: '0.00000000', B: '0.00000000' }).quotes;
    expect(quote).toMatchObject({ bid: null, bidSize: null, ask: parseFixed('25.3652') });
  });

  it('read a kline, counting the statements of its window, final when the venue closes it', () => {
    const parser = createParser(testContext('binance', ['BTCUSDT']));
    const told = [
      kline,
      kline,
      { ...kline, k: { ...kline.k, x: true } },
      { ...kline, k: { ...kline.k, t: kline.k.t + 60_000 } },
    ];
    const bars = told.flatMap((frame) => parser.parse(JSON.stringify(frame), RECEIVED).bars);
    expect(bars.map(({ revision, final }) => [revision, final])).toEqual([
      [0, false],
      [1, false],
      [2, true],
      [0, false],
    ]);
    expect(bars[0]).toMatchObject({
      interval: '1m',
      start: 1_767_225_600_000_000,
      end: 1_767_225_660_000_000,
      open: parseFixed('0.0010'),
      high: parseFixed('0.0025'),
      low: parseFixed('0.0009'),
      close: parseFixed('0.0020'),
      volume: parseFixed('1000'),
      quoteVolume: parseFixed('1'),
      takerBuyVolume: parseFixed('500'),
      tradeCount: 100,
      vwap: null,
      idKind: 'NONE',
      eventTime: 1_767_225_602_005_000,
    });
  });

  it('emit nothing for depth, tickers, partial books and the answer to a method', () => {
    const silent = [
      { e: 'depthUpdate', E: 1, s: 'BTCUSDT', U: 1, u: 2, b: [], a: [] },
      { e: '24hrTicker', s: 'BTCUSDT' },
      { lastUpdateId: 160, bids: [['0.0024', '10']], asks: [] },
      { result: null, id: 1 },
      { result: ['btcusdt@trade'], id: 2 },
    ];
    for (const frame of silent) {
      expect(parse(frame)).toEqual(NOTHING);
      expect(parse(combined('x', frame))).toEqual(NOTHING);
    }
  });

  it('tell an error that the venue sends', () => {
    expect(parse({ error: { code: 2, msg: 'Invalid request: unknown variant' }, id: 3 }).errors).toEqual([
      { code: 'venue-2', message: 'Invalid request: unknown variant', keys: [] },
    ]);
  });

  it('tell that the server is about to shut down', () => {
    expect(parse(combined('!serverShutdown', { e: 'serverShutdown', E: 1 })).closing).not.toBeNull();
  });

  it.each([
    ['', 'not-json', null],
    ['pong', 'not-json', null],
    ['{"stream":"btcusdt@trade","data":{"e":"tra', 'not-json', null],
    ['[1,2]', 'unknown-frame', null],
    ['null', 'unknown-frame', null],
    ['{"stream":"btcusdt@trade","data":7}', 'bad-field', null],
    ['{"hello":"world"}', 'unknown-frame', null],
    [{ ...trade, e: 'newThing' }, 'unknown-frame', 'BTCUSDT'],
    [{ ...trade, s: 'NONESUCH' }, 'unknown-symbol', 'NONESUCH'],
    [{ ...trade, s: 7 }, 'bad-field', null],
    [{ ...trade, p: 65083.56 }, 'bad-number', 'BTCUSDT'],
    [{ ...trade, p: 'NaN' }, 'bad-number', 'BTCUSDT'],
    [{ ...trade, q: '0.0000000000001' }, 'bad-number', 'BTCUSDT'],
    [{ ...trade, t: '12345' }, 'bad-field', 'BTCUSDT'],
    [{ ...trade, T: null }, 'bad-field', 'BTCUSDT'],
    [{ ...trade, m: 'true' }, 'bad-field', 'BTCUSDT'],
    [{ ...aggregate, l: 99 }, 'bad-field', 'BTCUSDT'],
    [{ ...aggregate, a: 1.5 }, 'bad-field', 'BTCUSDT'],
    [{ ...bookTicker, A: null }, 'bad-number', 'ETHUSDT'],
    [{ ...bookTicker, u: -1 }, 'bad-field', 'ETHUSDT'],
    [{ ...kline, k: null }, 'bad-field', 'BTCUSDT'],
    [{ ...kline, k: { ...kline.k, i: '7m' } }, 'bad-field', 'BTCUSDT'],
    [{ ...kline, k: { ...kline.k, h: 'x' } }, 'bad-number', 'BTCUSDT'],
    [{ ...kline, k: { ...kline.k, V: undefined } }, 'bad-number', 'BTCUSDT'],
  ])('refuse %j as %s and emit nothing', (frame, code, symbol) => {
    const parsed = parse(frame);
    expect(parsed.refusals).toMatchObject([{ code, symbol }]);
    expect([...parsed.trades, ...parsed.quotes, ...parsed.bars]).toEqual([]);
  });
});
