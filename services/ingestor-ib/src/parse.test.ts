import { parseFixed } from '@concord/model';
import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import type { ParsedFrame } from '@concord/sources';
import { describe, expect, it } from 'vitest';
import { AT, fieldsOf, SECONDS, testLines, testParser } from './testing/tws.ts';
import type { TwsParser } from './parse.ts';

function frameOf(parser: TwsParser, text: string, at = AT): ParsedFrame {
  const message = parser.parse(fieldsOf(text), at);
  if (message.type !== 'data') throw new TypeError(`expected data, got ${message.type}`);
  return message.frame;
}

function tell(parser: TwsParser, texts: readonly string[], at: number): void {
  for (const text of texts) expect(frameOf(parser, text, at).refusals).toEqual([]);
}

const price = (text: string): bigint => parseFixed(text) as bigint;

describe('prints tick by tick', () => {
  it('become trades with exact numbers, the exchange as market, whole seconds and neither id nor side', () => {
    const { trades } = frameOf(testParser(), `99|1|2|${SECONDS}|271.0123|100|0|ARCA|  T I`);
    expect(trades).toEqual([
      expect.objectContaining({
        instrument: 'AAPL.US',
        price: price('271.0123'),
        size: price('100'),
        market: 'ARCA',
        conditions: ['T', 'I'],
        eventTime: AT,
        eventTimePrecision: 'SECOND',
        receiveTime: AT,
        idKind: 'NONE',
        firstId: null,
        side: null,
        origin: 'LIVE',
        sampled: false,
        delayed: false,
        ordinal: 1,
      }),
    ] satisfies Partial<RawTrade>[]);
  });

  it('say in their conditions that they were not reported or lie beyond the limits', () => {
    const { trades } = frameOf(testParser(), `99|1|2|${SECONDS}|271|1|3|FINRA|W`);
    expect(trades[0]?.conditions).toEqual(['W', 'pastLimit', 'unreported']);
  });

  it('keep the text of a number that a double cannot hold', () => {
    const { trades } = frameOf(testParser(), `99|1|2|${SECONDS}|12345678901234567.89|0.00000001|0|PAXOS|`);
    expect(trades[0]?.price).toBe(12345678901234567890000000000n);
    expect(trades[0]?.size).toBe(10_000n);
  });

  it.each([
    ['a price that is no number', `99|1|2|${SECONDS}|abc|100|0|ARCA|`, 'bad-number'],
    ['a price that is none', `99|1|2|${SECONDS}|-1|100|0|ARCA|`, 'bad-number'],
    ['no size', `99|1|2|${SECONDS}|271||0|ARCA|`, 'bad-number'],
    ['a time that is none', '99|1|2|yesterday|271|100|0|ARCA|', 'bad-time'],
    ['fields that are missing', `99|1|2|${SECONDS}|271|100`, 'bad-field'],
    ['a type of tick that is not known', `99|1|9|${SECONDS}|271|100|0|ARCA|`, 'bad-field'],
  ])('are refused for %s', (_what, text, code) => {
    const { trades, refusals } = frameOf(testParser(), text);
    expect(trades).toEqual([]);
    expect(refusals).toMatchObject([{ code, symbol: 'AAPL' }]);
  });

  it('of a request that was given up say nothing', () => {
    expect(testParser(new Map()).parse(fieldsOf(`99|1|2|${SECONDS}|271|100|0|ARCA|`), AT).type).toBe(
      'nothing',
    );
  });
});

describe('quotes tick by tick', () => {
  it('hold both sides', () => {
    const { quotes } = frameOf(testParser(), `99|2|3|${SECONDS}|271.01|271.03|300|500|0`);
    expect(quotes).toMatchObject([
      {
        bid: price('271.01'),
        bidSize: price('300'),
        ask: price('271.03'),
        askSize: price('500'),
        eventTime: AT,
      },
    ] satisfies Partial<RawQuote>[]);
  });

  it('lack the side whose price is −1', () => {
    const { quotes } = frameOf(testParser(), `99|2|3|${SECONDS}|-1|271.03|0|500|0`);
    expect(quotes).toMatchObject([{ bid: null, bidSize: null, ask: price('271.03') }]);
  });
});

describe('samples', () => {
  const BID = '1|6|3|1|271.01|300|1';
  const ASK = '1|6|3|2|271.03|500|1';

  it('are told once a message with a later receive time has come', () => {
    const parser = testParser();
    tell(parser, [BID, ASK, '2|6|3|0|300', '2|6|3|3|500'], AT);
    expect(parser.settle(AT)).toEqual({ quotes: [], trades: [] });
    const { quotes, trades } = parser.settle(AT + 1);
    expect(trades).toEqual([]);
    expect(quotes).toMatchObject([
      {
        bid: price('271.01'),
        bidSize: price('300'),
        ask: price('271.03'),
        askSize: price('500'),
        eventTime: null,
        receiveTime: AT,
        origin: 'SNAPSHOT',
      },
    ]);
    expect(parser.settle(AT + 2).quotes).toEqual([]);
  });

  it('tell a bid and an ask that change in separate ticks as one change: never as crossed', () => {
    const parser = testParser();
    tell(parser, [BID, ASK], AT);
    parser.settle(AT + 1);
    tell(parser, ['1|6|3|1|271.05|100|1', '1|6|3|2|271.07|200|1'], AT + 10);
    const { quotes } = parser.settle(AT + 20);
    expect(quotes).toHaveLength(1);
    expect(quotes[0]).toMatchObject({
      bid: price('271.05'),
      ask: price('271.07'),
      origin: 'LIVE',
      receiveTime: AT + 10,
    });
  });

  it('say nothing when nothing changed, and that a side is gone when its price is −1', () => {
    const parser = testParser();
    tell(parser, [BID, ASK], AT);
    parser.settle(AT + 1);
    tell(parser, [BID, '2|6|3|0|300'], AT + 10);
    expect(parser.settle(AT + 20).quotes).toEqual([]);
    tell(parser, ['1|6|3|1|-1|0|1'], AT + 30);
    expect(parser.settle(AT + 40).quotes).toMatchObject([{ bid: null, bidSize: null, ask: price('271.03') }]);
  });

  it('tell the last print as sampled, with its time where that came with it', () => {
    const parser = testParser();
    tell(parser, [`46|6|3|45|${SECONDS - 60}`, '1|6|3|4|271.02|100|0', '2|6|3|5|100', '2|6|3|8|52100'], AT);
    tell(parser, ['1|6|3|4|271.03|200|0', '2|6|3|5|200'], AT + 10);
    const { trades } = parser.settle(AT + 10);
    expect(trades).toEqual([]); // the newer ticks have taken its place: it is a sample
    tell(parser, ['2|6|3|5|300'], AT + 20);
    const told = [...parser.settle(AT + 20).trades, ...parser.settle(AT + 21).trades];
    expect(told).toMatchObject([
      { price: price('271.03'), size: price('300'), sampled: true, eventTime: null },
    ]);
  });

  it('of delayed types are marked, and never stand in one quote with live ones', () => {
    const parser = testParser();
    tell(parser, [BID], AT);
    tell(
      parser,
      ['1|6|3|66|271.00|100|0', '1|6|3|67|271.02|200|0', '1|6|3|68|271.01|50|0', `46|6|3|88|${SECONDS}`],
      AT + 1,
    );
    const { quotes, trades } = parser.settle(AT + 2);
    expect(quotes).toMatchObject([{ bid: price('271'), ask: price('271.02'), delayed: true }]);
    expect(trades).toMatchObject([{ price: price('271.01'), delayed: true, sampled: true, eventTime: AT }]);
  });

  it('keep one state a line, and none of lines that are gone', () => {
    const lines = testLines();
    const parser = testParser(lines);
    tell(parser, [BID, ASK], AT);
    const line = lines.get(3);
    lines.delete(3);
    if (line !== undefined) lines.set(7, line);
    tell(parser, ['1|6|7|1|271.01|300|1'], AT + 1);
    expect(parser.settle(AT + 2).quotes).toHaveLength(2); // what was pending, then one that knows only its bid
    expect(parser.settle(AT + 3).quotes).toEqual([]);
  });
});

describe('bars', () => {
  const START = SECONDS - 120;
  const SENT = `17|4|20260105-14:00:00|20260105-15:00:00|2|${START}|271|272|270.5|271.5|1200|271.25|40|${START + 60}|271.5|271.5|271.5|271.5|0|271.5|0`;

  it('of a subscription are a snapshot, all but the newest final', () => {
    const { bars } = frameOf(testParser(), SENT);
    expect(bars).toMatchObject([
      {
        start: START * 1_000_000,
        open: price('271'),
        high: price('272'),
        low: price('270.5'),
        close: price('271.5'),
        volume: price('1200'),
        vwap: price('271.25'),
        tradeCount: 40,
        final: true,
        origin: 'SNAPSHOT',
      },
      { start: (START + 60) * 1_000_000, volume: 0n, vwap: null, tradeCount: 0, final: false },
    ] satisfies Partial<RawBar>[]);
  });

  it('are final once a later one is told', () => {
    const parser = testParser();
    frameOf(parser, SENT);
    const update = (start: number, close: string): string =>
      `90|4|3|${start}|271.5|${close}|272|271|271.6|300`;
    expect(frameOf(parser, update(START + 60, '271.9')).bars).toMatchObject([
      {
        close: price('271.9'),
        high: price('272'),
        low: price('271'),
        final: false,
        revision: 1,
        origin: 'LIVE',
      },
    ]);
    expect(frameOf(parser, update(START + 120, '271.7')).bars).toMatchObject([
      { start: (START + 60) * 1_000_000, close: price('271.9'), final: true, revision: 2 },
      { start: (START + 120) * 1_000_000, final: false, revision: 0 },
    ]);
  });

  it('that are not all there are refused as a whole', () => {
    expect(
      frameOf(testParser(), `17|4|||3|${START}|271|272|270.5|271.5|1200|271.25|40`).refusals,
    ).toMatchObject([{ code: 'bad-field' }]);
  });
});

describe('other messages', () => {
  it.each([
    ['9|1|1', { type: 'ready' }],
    ['15|1|DU1,DU2,', { type: 'accounts', accounts: ['DU1', 'DU2'] }],
    ['81|3|0.01|9c0001|3', { type: 'served', request: 3 }],
    ['58|1|3|1', { type: 'served', request: 3 }],
    ['4|2|-1|2104|Market data farm connection is OK:usfarm|', { type: 'notice', request: null, code: 2104 }],
    ['4|2|3|354|Requested market data is not subscribed.|', { type: 'notice', request: 3, code: 354 }],
    ['49|1|1767625200', { type: 'time', at: AT }],
    ['52|1|3', { type: 'nothing' }],
  ])('%s', (text, expected) => {
    expect(testParser().parse(fieldsOf(text), AT)).toMatchObject(expected);
  });

  it.each(['', 'abc', '0|1', '111|1', '-5|1', '1e2|3'])('of no documented type are refused: "%s"', (text) => {
    expect(frameOf(testParser(), text).refusals).toMatchObject([{ code: 'unknown-frame' }]);
  });
});
