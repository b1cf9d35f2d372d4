import { parseFixed, type Micros } from '@concord/model';
import { NOTHING, type ParsedFrame } from '@concord/sources';
import { testContext } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { createParser } from './parse.ts';

const RECEIVED: Micros = 1_786_309_560_500_000;

function parseEach(...texts: string[]): ParsedFrame[] {
  const parser = createParser(testContext('okx', ['BTC-USDT', 'ETH-USDT']));
  return texts.map((text) => parser.parse(text, RECEIVED));
}

function parse(text: string): ParsedFrame {
  return parseEach(text)[0] ?? NOTHING;
}

function push(channel: string, data: unknown, instId = 'BTC-USDT'): string {
  return JSON.stringify({ arg: { channel, instId }, data });
}

function subscribed(channel: string, instId = 'BTC-USDT'): string {
  return JSON.stringify({ event: 'subscribe', arg: { channel, instId }, connId: 'a4d3ae55' });
}

/** The example of the documentation's "Trades channel", of which 130639474 is the last of three fills. */
const trade = {
  instId: 'BTC-USDT',
  tradeId: '130639474',
  px: '42219.9',
  sz: '0.12060306',
  side: 'buy',
  ts: '1630048897897',
  count: '3',
  source: '0',
  seqId: 1234,
};

/** The example of the documentation's `bbo-tbt`. */
const best = {
  asks: [['111.06', '55154', '0', '2']],
  bids: [['111.05', '57745', '0', '2']],
  ts: '1670324386802',
  seqId: 363996337,
};

const ticker = {
  instType: 'SPOT',
  instId: 'BTC-USDT',
  last: '9999.99',
  lastSz: '0.1',
  askPx: '9999.99',
  askSz: '11',
  bidPx: '8888.88',
  bidSz: '5',
  ts: '1597026383085',
};

const candle = [
  '1597026360000',
  '8533.02',
  '8553.74',
  '8527.17',
  '8548.26',
  '45247',
  '529.5858061',
  '5529.5858061',
  '0',
];

describe('OKX trades', () => {
  it("cover the ids of all fills that were merged, with the taker's side and both times", () => {
    expect(parse(push('trades', [trade])).trades).toMatchObject([
      {
        instrument: 'BTC-USDT',
        venueSymbol: 'BTC-USDT',
        idKind: 'TRADE',
        firstId: '130639472',
        lastId: '130639474',
        fills: 3,
        venueSequence: 1234,
        price: parseFixed('42219.9'),
        size: parseFixed('0.12060306'),
        side: 'BUY',
        origin: 'LIVE',
        eventTime: 1_630_048_897_897_000,
        eventTimePrecision: 'MILLISECOND',
        receiveTime: RECEIVED,
      },
    ]);
  });

  it('without a count are one fill, of which nothing more is said', () => {
    const { count: _count, seqId: _seqId, ...single } = trade;
    for (const channel of ['trades', 'trades-all']) {
      expect(parse(push(channel, [{ ...single, side: 'sell' }])).trades).toMatchObject([
        { firstId: '130639474', lastId: '130639474', fills: null, venueSequence: null, side: 'SELL' },
      ]);
    }
  });

  it('keep ids that a double would round', () => {
    const [first, last] = ['9007199254740993', '9007199254740995'];
    expect(parse(push('trades', [{ ...trade, tradeId: last }])).trades).toMatchObject([
      { firstId: first, lastId: last },
    ]);
  });

  it('that begin a subscription are what the venue had, however old; those after them are live', () => {
    const next = { ...trade, tradeId: '130639475', count: '1' };
    const parsed = parseEach(
      subscribed('trades'),
      subscribed('trades'),
      push('trades', [trade]),
      push('trades', [next]),
      subscribed('trades'),
      push('trades', [next]),
    );
    expect(parsed.flatMap(({ trades }) => trades.map(({ origin }) => origin))).toEqual([
      'SNAPSHOT',
      'LIVE',
      'SNAPSHOT',
    ]);
  });

  it('pass where another of the same frame is refused, oldest first', () => {
    const rows = [
      { ...trade, tradeId: '12', count: '1' },
      { ...trade, side: 'hold' },
      { ...trade, tradeId: '11', count: '1' },
    ];
    const parsed = parse(push('trades', rows));
    expect(parsed.trades.map(({ lastId }) => lastId)).toEqual(['11', '12']);
    expect(parsed.refusals).toMatchObject([{ code: 'bad-field', symbol: 'BTC-USDT' }]);
  });
});

describe('OKX quotes', () => {
  it('are the best bid and offer, numbered by the book', () => {
    expect(parse(push('bbo-tbt', [best])).quotes).toMatchObject([
      {
        idKind: 'UPDATE',
        firstId: '363996337',
        lastId: '363996337',
        bid: parseFixed('111.05'),
        bidSize: parseFixed('57745'),
        ask: parseFixed('111.06'),
        askSize: parseFixed('55154'),
        eventTime: 1_670_324_386_802_000,
        origin: 'LIVE',
      },
    ]);
  });

  it('say which side is empty', () => {
    const [quote] = parse(push('bbo-tbt', [{ ...best, bids: [] }])).quotes;
    expect(quote).toMatchObject({ bid: null, bidSize: null, ask: parseFixed('111.06') });
    const [byTicker] = parse(push('tickers', [{ ...ticker, askPx: '', askSz: '' }])).quotes;
    expect(byTicker).toMatchObject({ bid: parseFixed('8888.88'), ask: null, askSize: null });
  });

  it('that are repeated under their number after a minute of rest are a sign of life', () => {
    const parsed = parseEach(
      push('bbo-tbt', [best]),
      push('bbo-tbt', [{ ...best, ts: '1670324446802' }]),
      push('bbo-tbt', [{ ...best, seqId: 3 }]),
      push('bbo-tbt', [best], 'ETH-USDT'),
    );
    expect(parsed.map(({ quotes }) => quotes.length)).toEqual([1, 0, 1, 1]);
    expect(parsed[1]).toMatchObject({ heartbeat: true, acks: ['bbo-tbt:BTC-USDT'], refusals: [] });
  });

  it('begin anew with a subscription, also under a number that was seen', () => {
    const parsed = parseEach(push('bbo-tbt', [best]), subscribed('bbo-tbt'), push('bbo-tbt', [best]));
    expect(parsed[2]?.quotes).toMatchObject([{ origin: 'SNAPSHOT' }]);
  });

  it('come from tickers too, without a number', () => {
    expect(parse(push('tickers', [ticker])).quotes).toMatchObject([
      {
        idKind: 'NONE',
        bid: parseFixed('8888.88'),
        askSize: parseFixed('11'),
        eventTime: 1_597_026_383_085_000,
      },
    ]);
  });
});

describe('OKX bars', () => {
  it('are stated again and again until one is confirmed', () => {
    const bars = parseEach(
      subscribed('candle1m'),
      push('candle1m', [candle]),
      push('candle1m', [[...candle.slice(0, 4), '8550', ...candle.slice(5)]]),
      push('candle1m', [[...candle.slice(0, 8), '1']]),
      push('candle1m', [['1597026420000', ...candle.slice(1)]]),
    ).flatMap((parsed) => parsed.bars);
    expect(bars.map(({ start, revision, final, origin }) => [start, revision, final, origin])).toEqual([
      [1_597_026_360_000_000, 0, false, 'SNAPSHOT'],
      [1_597_026_360_000_000, 1, false, 'LIVE'],
      [1_597_026_360_000_000, 2, true, 'LIVE'],
      [1_597_026_420_000_000, 0, false, 'LIVE'],
    ]);
    expect(bars[0]).toMatchObject({
      interval: '1m',
      end: 1_597_026_420_000_000,
      open: parseFixed('8533.02'),
      high: parseFixed('8553.74'),
      low: parseFixed('8527.17'),
      close: parseFixed('8548.26'),
      volume: parseFixed('45247'),
      quoteVolume: parseFixed('5529.5858061'),
      eventTime: null,
      tradeCount: null,
    });
  });

  it.each([
    ['candle1s', '1s'],
    ['candle15m', '15m'],
    ['candle1H', '1h'],
    ['candle4H', '4h'],
    ['candle1Dutc', '1d'],
  ])('of %s have the length %s', (channel, interval) => {
    expect(parse(push(channel, [candle])).bars).toMatchObject([{ interval }]);
  });
});

describe('OKX frames', () => {
  it('confirm a stream by channel and symbol', () => {
    expect(parse(subscribed('trades')).acks).toEqual(['trades:BTC-USDT']);
    expect(parse(subscribed('candle1Dutc', 'ETH-USDT')).acks).toEqual(['candle1Dutc:ETH-USDT']);
  });

  it('tell which stream the venue rejects, wherever the error names it', () => {
    const wrong =
      '{"event":"error","msg":"Wrong URL or channel:bbo-tbt,instId:NO-SUCH doesn\'t exist. Please use the correct URL, channel and parameters referring to API document.","code":"60018","connId":"a4d3ae55"}';
    expect(parse(wrong).errors).toMatchObject([{ code: 'venue-60018', keys: ['bbo-tbt:NO-SUCH'] }]);
    const illegal = JSON.stringify({
      event: 'error',
      code: '60012',
      msg: 'Invalid request: {"op": "subscribe", "args":[{ "channel" : "trades", "instId" : "BTC-USDT"},{"channel":"candle1m","instId":"ETH-USDT"}]}',
      connId: 'a4d3ae55',
    });
    expect(parse(illegal).errors).toMatchObject([
      { code: 'venue-60012', keys: ['trades:BTC-USDT', 'candle1m:ETH-USDT'] },
    ]);
    const moved = {
      event: 'error',
      arg: { channel: 'candle1m', instId: 'BTC-USDT' },
      code: '64001',
      msg: 'moved',
    };
    expect(parse(JSON.stringify(moved)).errors).toEqual([
      { code: 'venue-64001', message: 'moved', keys: ['candle1m:BTC-USDT'] },
    ]);
    expect(parse('{"event":"error","code":"60014","msg":"Requests too frequent"}').errors).toMatchObject([
      { code: 'venue-60014', keys: [] },
    ]);
  });

  it('count errors under the numbers that the venue documents, whatever it writes in their place', () => {
    for (const code of ['"sixty"', '60012', '{}', 'null'])
      expect(parse(`{"event":"error","code":${code},"msg":7}`).errors).toEqual([
        { code: 'venue-error', message: 'error', keys: [] },
      ]);
  });

  it('announce that the connection will be closed for an upgrade', () => {
    const notice =
      '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"a4d3ae55"}';
    expect(parse(notice).closing).toContain('service upgrade');
    expect(parse('{"event":"notice","code":"1","msg":"x"}')).toMatchObject({
      closing: null,
      errors: [{ code: 'venue-1' }],
    });
  });

  it('emit nothing for the text pong but that it beats', () => {
    expect(parse('pong')).toEqual({ ...NOTHING, heartbeat: true });
  });

  it('emit nothing for books, other candles and the end of a subscription', () => {
    for (const text of [
      push('books', [{ asks: [], bids: [], ts: '1', checksum: 0, prevSeqId: -1, seqId: 1 }]),
      push('candle3m', [candle]),
      push('mark-price-candle1m', [candle]),
      push('funding-rate', [{}], 'NO-SUCH'),
      '{"event":"unsubscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
      '{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"abcd1234"}',
    ]) {
      expect(parse(text)).toEqual(NOTHING);
    }
  });

  it.each([
    ['', 'not-json'],
    ['ping pong', 'not-json'],
    [push('trades', [trade]).slice(0, 90), 'not-json'],
    ['[]', 'unknown-frame'],
    ['{}', 'unknown-frame'],
    ['{"event":"dance"}', 'unknown-frame'],
    ['{"event":7}', 'unknown-frame'],
    ['{"event":"subscribe","arg":{"channel":"trades"}}', 'bad-field'],
    ['{"arg":{"instId":"BTC-USDT"},"data":[]}', 'bad-field'],
    ['{"arg":{"channel":"trades"},"data":[]}', 'bad-field'],
    [push('news', []), 'unknown-frame'],
    [push('trades', {}), 'bad-field'],
    [push('trades', [trade], 'NO-SUCH'), 'unknown-symbol'],
    [push('trades', [7]), 'bad-field'],
    [push('trades', [{ ...trade, instId: 'ETH-USDT' }]), 'bad-field'],
    [push('trades', [{ ...trade, side: 'Buy' }]), 'bad-field'],
    [push('trades', [{ ...trade, tradeId: 130639474 }]), 'bad-field'],
    [push('trades', [{ ...trade, count: '0' }]), 'bad-field'],
    [push('trades', [{ ...trade, count: 3 }]), 'bad-field'],
    [push('trades', [{ ...trade, tradeId: '2', count: '4' }]), 'bad-field'],
    [push('trades', [{ ...trade, ts: 1630048897897 }]), 'bad-time'],
    [push('trades', [{ ...trade, ts: '' }]), 'bad-time'],
    [push('trades', [{ ...trade, px: 42219.9 }]), 'bad-number'],
    [push('trades', [{ ...trade, sz: '' }]), 'bad-number'],
    [push('trades', [{ ...trade, sz: '0.0000000000001' }]), 'bad-number'],
    [push('bbo-tbt', [{ ...best, asks: undefined }]), 'bad-field'],
    [push('bbo-tbt', [{ ...best, seqId: '1' }]), 'bad-field'],
    [push('bbo-tbt', [{ ...best, bids: [['x', '1', '0', '1']] }]), 'bad-number'],
    [push('bbo-tbt', [{ ...best, bids: [7] }]), 'bad-number'],
    [push('bbo-tbt', [{ ...best, ts: 'now' }]), 'bad-time'],
    [push('tickers', [{ ...ticker, bidPx: null }]), 'bad-number'],
    [push('tickers', [null]), 'bad-time'],
    [push('candle1m', [candle.slice(0, 7)]), 'bad-field'],
    [push('candle1m', [['x', ...candle.slice(1)]]), 'bad-time'],
    [push('candle1m', [[...candle.slice(0, 8), '2']]), 'bad-field'],
    [push('candle1m', [[candle[0], 'high', ...candle.slice(2)]]), 'bad-number'],
    [push('candle1m', [[...candle.slice(0, 5), '', ...candle.slice(6)]]), 'bad-number'],
  ])('refuse %s as %s and emit nothing', (text, code) => {
    const parsed = parse(text);
    expect(parsed.refusals.map((refusal) => refusal.code)).toEqual([code]);
    expect([...parsed.trades, ...parsed.quotes, ...parsed.bars]).toEqual([]);
  });
});
