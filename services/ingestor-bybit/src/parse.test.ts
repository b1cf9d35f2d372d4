import { parseFixed, type Micros } from '@concord/model';
import { NOTHING, type ParsedFrame } from '@concord/sources';
import { testContext } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { createParser } from './parse.ts';

const RECEIVED: Micros = 1_672_304_486_900_000;

function parseEach(...frames: (object | string)[]): ParsedFrame[] {
  const parser = createParser(testContext('bybit', ['BTCUSDT', 'ETHUSDT']));
  return frames.map((frame) =>
    parser.parse(typeof frame === 'string' ? frame : JSON.stringify(frame), RECEIVED),
  );
}

function parse(frame: object | string): ParsedFrame {
  return parseEach(frame)[0] ?? NOTHING;
}

function trade(over: object = {}): object {
  return {
    T: 1_672_304_486_865,
    s: 'BTCUSDT',
    S: 'Buy',
    v: '0.001',
    p: '16578.50',
    L: 'PlusTick',
    i: '20f43950-d8dd-5b31-9112-a178eb6023af',
    BT: false,
    seq: 1_783_284_617,
    ...over,
  };
}

function trades(...data: unknown[]): object {
  return { topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts: 1_672_304_486_868, data };
}

function top(over: object = {}, frame: object = {}): object {
  return {
    topic: 'orderbook.1.BTCUSDT',
    type: 'snapshot',
    ts: 1_672_304_484_978,
    data: {
      s: 'BTCUSDT',
      b: [['16493.50', '0.006']],
      a: [['16611.00', '0.029']],
      u: 18_521_288,
      seq: 7_961_638_724,
      ...over,
    },
    cts: 1_672_304_484_976,
    ...frame,
  };
}

function kline(over: object = {}): object {
  return {
    start: 1_672_324_800_000,
    end: 1_672_324_859_999,
    interval: '1',
    open: '16649.5',
    close: '16677',
    high: '16677',
    low: '16608',
    volume: '2.081',
    turnover: '34666.4005',
    confirm: false,
    timestamp: 1_672_324_830_882,
    ...over,
  };
}

function bars(...data: unknown[]): object {
  return { topic: 'kline.1.BTCUSDT', data, ts: 1_672_324_830_882, type: 'snapshot' };
}

function answer(op: string, success: boolean, message: string, topics?: string): object {
  const id = topics === undefined ? {} : { req_id: topics };
  return { success, ret_msg: message, conn_id: 'd9avt8shteepr00gfc1g-4zd1x', ...id, op };
}

describe('trades of Bybit', () => {
  it('come exactly as written, with the side of the taker, an id without arithmetic and the shared sequence', () => {
    const frame = parse(trades(trade(), trade({ S: 'Sell', i: '2290000001189048101', v: '1' })));
    expect(frame.refusals).toEqual([]);
    expect(frame.trades).toMatchObject([
      {
        venueSymbol: 'BTCUSDT',
        origin: 'LIVE',
        idKind: 'OPAQUE',
        firstId: '20f43950-d8dd-5b31-9112-a178eb6023af',
        venueSequence: 1_783_284_617,
        eventTime: 1_672_304_486_865_000,
        eventTimePrecision: 'MILLISECOND',
        receiveTime: RECEIVED,
        price: parseFixed('16578.5'),
        size: parseFixed('0.001'),
        side: 'BUY',
        conditions: [],
      },
      { side: 'SELL', firstId: '2290000001189048101', lastId: '2290000001189048101', ordinal: 2 },
    ]);
  });

  it('say where they were made as a block or for retail price improvement', () => {
    const made = [trade({ BT: true }), trade({ RPI: true }), trade({ BT: true, RPI: true })];
    expect(parse(trades(...made)).trades.map(({ conditions }) => conditions)).toEqual([
      ['BT'],
      ['RPI'],
      ['BT', 'RPI'],
    ]);
  });

  it('of years ago, without a sequence, are trades as well', () => {
    const { seq: _, ...old } = trade() as { seq: number };
    expect(parse(trades(old)).trades).toMatchObject([{ venueSequence: null }]);
  });

  it.each([
    ['bad-field', { s: 'ETHUSDT' }],
    ['bad-field', { S: 'buy' }],
    ['bad-field', { i: 7 }],
    ['bad-field', { i: '' }],
    ['bad-field', { seq: '7' }],
    ['bad-time', { T: '1672304486865' }],
    ['bad-number', { p: 16_578.5 }],
    ['bad-number', { v: '1e400' }],
  ])('are refused one by one: %s %o', (code, over) => {
    const frame = parse(trades(trade(over), trade({ i: 'sound' })));
    expect(frame.refusals).toMatchObject([{ code, symbol: 'BTCUSDT' }]);
    expect(frame.trades).toMatchObject([{ firstId: 'sound', ordinal: 1 }]);
  });

  it('are refused as a whole where the frame is not as documented', () => {
    expect(parse({ ...trades(), data: {} }).refusals).toMatchObject([{ code: 'bad-field' }]);
    expect(parse(trades(null)).refusals).toMatchObject([{ code: 'bad-field' }]);
    expect(parse({ ...trades(trade()), topic: 'publicTrade.NONE' }).refusals).toMatchObject([
      { code: 'unknown-symbol', symbol: 'NONE' },
    ]);
  });
});

describe('quotes of Bybit', () => {
  it('carry the number of the book and the time of the matching engine; the first is a snapshot', () => {
    const [first, second] = parseEach(top(), top({ u: 18_521_289, a: [] }, { cts: undefined }));
    expect(first?.quotes).toMatchObject([
      {
        origin: 'SNAPSHOT',
        idKind: 'UPDATE',
        firstId: '18521288',
        venueSequence: 7_961_638_724,
        eventTime: 1_672_304_484_976_000,
        bid: parseFixed('16493.5'),
        bidSize: parseFixed('0.006'),
        ask: parseFixed('16611'),
        askSize: parseFixed('0.029'),
      },
    ]);
    expect(second?.quotes).toMatchObject([
      { origin: 'LIVE', eventTime: 1_672_304_484_978_000, ask: null, askSize: null },
    ]);
  });

  it('sent again with the same number are a sign that the stream lives, and no quote', () => {
    const [, again, next] = parseEach(top(), top({ seq: 7_961_638_999 }), top({ u: 18_521_289 }));
    expect(again).toEqual({ ...NOTHING, heartbeat: true, acks: ['orderbook.1.BTCUSDT'] });
    expect(next?.quotes).toHaveLength(1);
  });

  it('begin anew at 1 when the venue has restarted its service', () => {
    const [, , restarted, next] = parseEach(top(), top({ u: 18_521_289 }), top({ u: 1 }), top({ u: 2 }));
    expect(restarted?.quotes).toMatchObject([{ firstId: '1', origin: 'LIVE' }]);
    expect(next?.quotes).toMatchObject([{ firstId: '2', origin: 'LIVE' }]);
  });

  it('are told anew after their stream was ended and begun again on the same connection', () => {
    const end = answer('unsubscribe', true, '', 'publicTrade.BTCUSDT,orderbook.1.BTCUSDT');
    const [, , again] = parseEach(top(), end, top());
    expect(again?.quotes).toMatchObject([{ firstId: '18521288', origin: 'SNAPSHOT' }]);
  });

  it('may be sent as changes, as they were in 2023', () => {
    const delta = (u: number, over: object): object => top({ u, b: [], a: [], ...over }, { type: 'delta' });
    const frames = parseEach(
      top(),
      delta(18_521_289, { b: [['16493.50', '0.007']] }),
      delta(18_521_290, {
        b: [
          ['16493.50', '0'],
          ['16493.40', '1'],
        ],
      }),
      delta(18_521_291, { a: [['16611.00', '0']] }),
    );
    expect(frames.slice(1).map(({ quotes: [quote] }) => [quote?.bid, quote?.bidSize, quote?.ask])).toEqual([
      [parseFixed('16493.5'), parseFixed('0.007'), parseFixed('16611')],
      [parseFixed('16493.4'), parseFixed('1'), parseFixed('16611')],
      [parseFixed('16493.4'), parseFixed('1'), null],
    ]);
    expect(parse(delta(1, {})).refusals).toMatchObject([{ code: 'bad-field' }]);
  });

  it.each([
    ['bad-field', {}, { type: 'update' }],
    ['bad-field', {}, { data: [] }],
    ['bad-field', { u: '18521288' }, {}],
    ['bad-field', { seq: -1 }, {}],
    ['bad-field', { s: 'ETHUSDT' }, {}],
    ['bad-field', { s: undefined }, {}],
    ['bad-time', {}, { cts: 'now' }],
    ['bad-number', { b: {} }, {}],
    ['bad-number', { b: [['16493.50']] }, {}],
    ['bad-number', { a: [16_611] }, {}],
    ['bad-number', { a: [[16_611, 1]] }, {}],
    ['unknown-symbol', {}, { topic: 'orderbook.1.NONE' }],
  ])('are refused: %s %o %o', (code, data, frame) => {
    const parsed = parse(top(data, frame));
    expect(parsed.refusals).toMatchObject([{ code }]);
    expect(parsed.quotes).toEqual([]);
  });
});

describe('bars of Bybit', () => {
  it('are final when confirmed, which may come with the first of the next', () => {
    const next = kline({ start: 1_672_324_860_000, end: 1_672_324_919_999 });
    const [first, , closed] = parseEach(bars(kline()), bars(kline()), bars(kline({ confirm: true }), next));
    expect(first?.bars).toMatchObject([
      {
        origin: 'SNAPSHOT',
        interval: '1m',
        start: 1_672_324_800_000_000,
        end: 1_672_324_860_000_000,
        eventTime: 1_672_324_830_882_000,
        open: parseFixed('16649.5'),
        high: parseFixed('16677'),
        low: parseFixed('16608'),
        close: parseFixed('16677'),
        volume: parseFixed('2.081'),
        quoteVolume: parseFixed('34666.4005'),
        tradeCount: null,
        final: false,
        revision: 0,
      },
    ]);
    expect(closed?.bars).toMatchObject([
      { origin: 'LIVE', final: true, revision: 2 },
      { final: false, revision: 0, start: 1_672_324_860_000_000 },
    ]);
  });

  it('have the lengths that the venue names', () => {
    const lengths = ['5', '15', '60', '240', 'D'].map((interval) => parse(bars(kline({ interval }))).bars[0]);
    expect(lengths.map((bar) => bar?.interval)).toEqual(['5m', '15m', '1h', '4h', '1d']);
  });

  it.each([
    ['bad-field', { interval: 'M' }],
    ['bad-field', { confirm: 'false' }],
    ['bad-time', { start: '1672324800000' }],
    ['bad-number', { open: 16_649.5 }],
    ['bad-number', { turnover: '' }],
  ])('are refused: %s %o', (code, over) => {
    expect(parse(bars(kline(over))).refusals).toMatchObject([{ code }]);
  });
});

describe('other frames of Bybit', () => {
  it('confirm the topics that the request named by its id', () => {
    const topics = 'publicTrade.BTCUSDT,kline.1.BTCUSDT';
    expect(parse(answer('subscribe', true, 'subscribe', topics)).acks).toEqual(topics.split(','));
    expect(parse(answer('subscribe', true, 'subscribe'))).toEqual({ ...NOTHING, acks: [] });
    expect(parse(answer('subscribe', true, '', ''))).toEqual({ ...NOTHING, acks: [] });
  });

  it.each([
    ['error:handler not found,topic:orderbook.1.NONE', ['orderbook.1.NONE']],
    ['Invalid symbol :[publicTrade.NONE]', ['publicTrade.NONE']],
    ['args size >10', []],
  ])('reject the topic that the text names: %s', (text, keys) => {
    const { errors, acks } = parse(answer('subscribe', false, text, 'orderbook.1.NONE,publicTrade.NONE'));
    expect(errors).toEqual([{ code: 'venue-error', message: `subscribe: ${text}`, keys }]);
    expect(acks).toEqual([]);
  });

  it('reject the only topic of a request, whatever the text', () => {
    expect(parse(answer('subscribe', false, 'Params Error', 'kline.1.NONE')).errors).toMatchObject([
      { keys: ['kline.1.NONE'] },
    ]);
  });

  it('take it for a confirmation that a topic is subscribed already', () => {
    const text = 'error:already subscribed,topic:kline.1.BTCUSDT';
    expect(parse(answer('subscribe', false, text, 'kline.1.BTCUSDT'))).toMatchObject({
      acks: ['kline.1.BTCUSDT'],
      errors: [{ keys: [] }],
    });
  });

  it('reject nothing when a stream could not be ended', () => {
    const text = 'error:handler not found,topic:kline.1.NONE';
    expect(parse(answer('unsubscribe', false, text, 'kline.1.NONE')).errors).toMatchObject([{ keys: [] }]);
  });

  it.each([
    ['spot', answer('ping', true, 'pong')],
    ['contracts', answer('ping', true, 'pong', '')],
    ['options', { op: 'pong', args: ['1672916271846'], conn_id: 'ck1oqt8t8ic35v2ejkgg-33w' }],
  ])('answer a ping, as %s do', (_, frame) => {
    expect(parse(frame)).toEqual({ ...NOTHING, heartbeat: true });
  });

  it.each(['orderbook.200.BTCUSDT', 'tickers.BTCUSDT', 'allLiquidation.BTCUSDT'])(
    'of a channel that is not kept say nothing: %s',
    (topic) => expect(parse({ topic, type: 'snapshot', data: {} })).toBe(NOTHING),
  );

  it.each([
    ['not-json', ''],
    ['not-json', 'pong'],
    ['not-json', '{"topic":"publicTrade.BTCUSDT","da'],
    ['unknown-frame', '[]'],
    ['unknown-frame', '7'],
    ['unknown-frame', '{}'],
    ['unknown-frame', '{"op":"auth","success":true}'],
    ['unknown-frame', '{"topic":"gossip.BTCUSDT"}'],
    ['unknown-frame', '{"topic":""}'],
  ])('are refused: %s %s', (code, text) => {
    expect(parse(text).refusals).toMatchObject([{ code }]);
  });
});
