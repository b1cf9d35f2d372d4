import { parseFixed, type Micros } from '@concord/model';
import { NOTHING, type ParsedFrame } from '@concord/sources';
import { testContext } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { createParser } from './parse.ts';

const RECEIVED: Micros = 1_786_309_560_500_000;

function parseEach(...texts: string[]): ParsedFrame[] {
  const parser = createParser(testContext('kraken', ['BTC/USD', 'ETH/USD']));
  return texts.map((text) => parser.parse(text, RECEIVED));
}

function parse(text: string): ParsedFrame {
  return parseEach(text)[0] ?? NOTHING;
}

/** A trade's text; the numbers are written as Kraken writes them. */
function tradeText(over: Record<string, string> = {}): string {
  const fields: Record<string, string> = {
    symbol: '"BTC/USD"',
    side: '"buy"',
    price: '78480.1',
    qty: '0.00006370',
    ord_type: '"limit"',
    trade_id: '4665906',
    timestamp: '"2026-08-26T11:55:56.865741Z"',
    ...over,
  };
  return `{${Object.entries(fields)
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')}}`;
}

function frame(channel: string, type: string, ...entries: string[]): string {
  return `{"channel":"${channel}","type":"${type}","data":[${entries.join(',')}],"timestamp":"2026-08-26T11:56:01.524394914Z"}`;
}

const ticker =
  '{"symbol":"BTC/USD","bid":78480.10,"bid_qty":1.20000000,"ask":78480.20,"ask_qty":0.00000001,"last":1.0,"timestamp":"2026-08-26T11:55:56.865741Z"}';
const emptyTicker =
  '{"symbol":"BTC/USD","bid":0,"bid_qty":0,"ask":0,"ask_qty":0,"timestamp":"1970-01-01T00:00:00.000000Z"}';

function candle(minute: number, close: string, over = ''): string {
  return `{"symbol":"BTC/USD","open":1.10,"high":1.30,"low":1.00,"close":${close},"trades":4,"volume":2.50000000,"vwap":1.15,"interval_begin":"2026-08-26T11:${minute}:00.000000000Z","interval":1${over}}`;
}

describe('Kraken trades', () => {
  it("keep the digits of JSON numbers, the taker's side, the id and both times", () => {
    expect(parse(frame('trade', 'update', tradeText())).trades).toMatchObject([
      {
        venueSymbol: 'BTC/USD',
        idKind: 'TRADE',
        firstId: '4665906',
        lastId: '4665906',
        price: parseFixed('78480.1'),
        size: parseFixed('0.00006370'),
        side: 'BUY',
        origin: 'LIVE',
        eventTime: Date.parse('2026-08-26T11:55:56Z') * 1_000 + 865_741,
        eventTimePrecision: 'MICROSECOND',
        receiveTime: RECEIVED,
      },
    ]);
  });

  it('keep numbers that a double would round or write otherwise', () => {
    const text = tradeText({
      price: '12345678901234567890.123456789012',
      qty: '1e-7',
      trade_id: '9007199254740993',
    });
    expect(parse(frame('trade', 'update', text)).trades).toMatchObject([
      {
        price: 12345678901234567890123456789012n,
        size: parseFixed('0.0000001'),
        firstId: '9007199254740993',
      },
    ]);
  });

  it('of a snapshot are marked as such and published oldest first', () => {
    const ids = ['12', '11', '10'].map((trade_id) => tradeText({ trade_id }));
    const { trades } = parse(frame('trade', 'snapshot', ...ids));
    expect(trades.map(({ firstId, origin }) => [firstId, origin])).toEqual([
      ['10', 'SNAPSHOT'],
      ['11', 'SNAPSHOT'],
      ['12', 'SNAPSHOT'],
    ]);
  });

  it('pass where another of the same frame is refused', () => {
    const parsed = parse(frame('trade', 'update', tradeText(), tradeText({ symbol: '"NO/SUCH"' }), '7'));
    expect(parsed.trades).toHaveLength(1);
    expect(parsed.refusals.map(({ code, symbol }) => [code, symbol])).toEqual([
      ['unknown-symbol', 'NO/SUCH'],
      ['bad-field', null],
    ]);
  });
});

describe('Kraken quotes', () => {
  it('are the best bid and offer with their time', () => {
    expect(parse(frame('ticker', 'snapshot', ticker)).quotes).toMatchObject([
      {
        origin: 'SNAPSHOT',
        idKind: 'NONE',
        bid: parseFixed('78480.1'),
        bidSize: parseFixed('1.2'),
        ask: parseFixed('78480.2'),
        askSize: parseFixed('0.00000001'),
        eventTime: Date.parse('2026-08-26T11:55:56Z') * 1_000 + 865_741,
      },
    ]);
  });

  it('have no time of the venue where it gives none', () => {
    const [quote] = parse(frame('ticker', 'update', ticker.replace(/,"timestamp":"[^"]+"/, ''))).quotes;
    expect(quote).toMatchObject({ origin: 'LIVE', eventTime: null, eventTimePrecision: null });
  });

  it('say which side is empty', () => {
    const [quote] = parse(
      frame('ticker', 'update', ticker.replace('78480.10', '0').replace('1.20000000', '0')),
    ).quotes;
    expect(quote).toMatchObject({ bid: null, bidSize: null, ask: parseFixed('78480.2') });
  });

  it('are not made of a market that never had a book', () => {
    expect(parse(frame('ticker', 'update', emptyTicker))).toMatchObject({ quotes: [], refusals: [] });
  });
});

describe('Kraken bars', () => {
  it('become final when the next interval begins', () => {
    const bars = parseEach(
      frame('ohlc', 'snapshot', candle(54, '1.01'), candle(55, '1.05')),
      frame('ohlc', 'update', candle(55, '1.06')),
      frame('ohlc', 'update', candle(56, '1.20')),
    ).flatMap((parsed) => parsed.bars);
    const minute = Date.parse('2026-08-26T11:54:00Z') * 1_000;
    expect(
      bars.map(({ start, revision, final, close, origin }) => [
        (start - minute) / 60e6,
        revision,
        final,
        close,
        origin,
      ]),
    ).toEqual([
      [0, 0, true, parseFixed('1.01'), 'SNAPSHOT'],
      [1, 0, false, parseFixed('1.05'), 'SNAPSHOT'],
      [1, 1, false, parseFixed('1.06'), 'LIVE'],
      [1, 2, true, parseFixed('1.06'), 'LIVE'],
      [2, 0, false, parseFixed('1.20'), 'LIVE'],
    ]);
    expect(bars[0]).toMatchObject({
      interval: '1m',
      volume: parseFixed('2.5'),
      vwap: parseFixed('1.15'),
      tradeCount: 4,
      quoteVolume: null,
      takerBuyVolume: null,
      eventTimePrecision: 'NANOSECOND',
    });
  });

  it('of a minute without trades have no average price', () => {
    const text = candle(55, '1.05').replace('"volume":2.50000000,"vwap":1.15', '"volume":0,"vwap":0.0');
    expect(parse(frame('ohlc', 'update', text)).bars).toMatchObject([{ volume: 0n, vwap: null }]);
  });
});

describe('Kraken frames', () => {
  it('confirm a stream by channel and symbol', () => {
    const ack =
      '{"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true,"time_in":"2026-08-26T11:55:56.381114Z","time_out":"2026-08-26T11:55:56.381124Z"}';
    expect(parse(ack).acks).toEqual(['trade:BTC/USD']);
  });

  const refused = (over: object): string =>
    JSON.stringify({ method: 'subscribe', success: false, symbol: 'BTC/USD', error: 'no', ...over });

  it('tell which stream the venue rejects, by the number of the request that the answer repeats', () => {
    const error = 'Subscription ohlc interval not supported';
    expect(parse(refused({ req_id: 3, error })).errors).toEqual([
      { code: 'venue-error', message: `subscribe: ${error}`, keys: ['ohlc:BTC/USD'] },
    ]);
    expect([1, 2].map((req_id) => parse(refused({ req_id })).errors[0]?.keys)).toEqual([
      ['trade:BTC/USD'],
      ['ticker:BTC/USD'],
    ]);
  });

  it('reject no stream where the number of the request is none of ours, or where the end of one was asked for', () => {
    const error = 'Subscription Not Found';
    expect(parse(refused({ method: 'unsubscribe', error, req_id: 1 })).errors).toEqual([
      { code: 'venue-error', message: `unsubscribe: ${error}`, keys: [] },
    ]);
    expect([{}, { req_id: 4 }, { req_id: {} }].map((over) => parse(refused(over)).errors[0]?.keys)).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('tell an error that names neither', () => {
    expect(parse('{"error":"Malformed request","success":false,"method":"subscribe"}').errors).toHaveLength(
      1,
    );
    expect(parse('{"error":"Malformed request"}').errors).toHaveLength(1);
  });

  it('emit nothing for a heartbeat or a pong but that they beat', () => {
    expect(parse('{"channel":"heartbeat"}')).toEqual({ ...NOTHING, heartbeat: true });
    expect(parse('{"method":"pong","time_in":"x","time_out":"y"}')).toEqual({ ...NOTHING, heartbeat: true });
  });

  it('emit nothing for status, books, instruments and the end of a subscription', () => {
    for (const text of [
      '{"channel":"status","type":"update","data":[{"system":"online","connection_id":17408390984690501469}]}',
      '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":1}]}',
      '{"channel":"instrument","type":"snapshot","data":{}}',
      '{"method":"unsubscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true}',
    ]) {
      expect(parse(text)).toEqual(NOTHING);
    }
  });

  it.each([
    ['', 'not-json'],
    ['pong', 'not-json'],
    [frame('trade', 'update', tradeText()).slice(0, 60), 'not-json'],
    ['[]', 'unknown-frame'],
    ['{}', 'unknown-frame'],
    ['{"channel":"news","type":"update","data":[]}', 'unknown-frame'],
    ['{"method":"dance","success":true}', 'unknown-frame'],
    ['{"channel":"trade","type":"update","data":{}}', 'bad-field'],
    ['{"channel":"trade","type":"other","data":[]}', 'bad-field'],
    [frame('trade', 'update', tradeText({ side: '"hold"' })), 'bad-field'],
    [frame('trade', 'update', tradeText({ trade_id: '1.5' })), 'bad-field'],
    [frame('trade', 'update', tradeText({ timestamp: '7' })), 'bad-time'],
    [frame('trade', 'update', tradeText({ price: 'null' })), 'bad-number'],
    [frame('trade', 'update', tradeText({ qty: '0.0000000000001' })), 'bad-number'],
    [frame('trade', 'update', tradeText({ symbol: '7' })), 'unknown-symbol'],
    [frame('trade', 'update', tradeText({ symbol: 'null' })), 'bad-field'],
    [frame('ticker', 'update', ticker.replace('78480.10', '"x"')), 'bad-number'],
    [frame('ticker', 'update', ticker.replace('2026-08-26', 'today')), 'bad-time'],
    [frame('ohlc', 'update', candle(55, 'true')), 'bad-number'],
    [frame('ohlc', 'update', candle(55, '1.0').replace('"interval":1', '"interval":7')), 'bad-field'],
    [
      frame('ohlc', 'update', candle(55, '1.0').replace('"interval":1', '"interval":"constructor"')),
      'bad-field',
    ],
    [frame('ohlc', 'update', candle(55, '1.0').replace('"trades":4', '"trades":-1')), 'bad-field'],
    [frame('ohlc', 'update', candle(55, '1.0').replace('2.50000000', 'null')), 'bad-number'],
    [frame('ohlc', 'update', candle(99, '1.0')), 'bad-time'],
  ])('refuse %s as %s and emit nothing', (text, code) => {
    const parsed = parse(text);
    expect(parsed.refusals.map((refusal) => refusal.code)).toEqual([code]);
    expect([...parsed.trades, ...parsed.quotes, ...parsed.bars]).toEqual([]);
  });
});
