import type { RawTrade } from '@concord/codec';
import { createParser as binance } from '@concord/ingestor-binance';
import { createParser as bybit } from '@concord/ingestor-bybit';
import { createParser as coinbase } from '@concord/ingestor-coinbase';
import { createParser as okx } from '@concord/ingestor-okx';
import type { FrameParser, ParserContext } from '@concord/sources';
import { recordedFrames, RECORDINGS_PRESENT, testContext } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { brokerBars, brokerTicks, krakenBars, krakenTrades } from './foreign-recordings.ts';
import { validate, type Raw, type Validated } from './recorded-log.ts';

/** A context that lists every symbol a frame may name. */
class AnySymbol extends Map<string, NonNullable<ReturnType<ParserContext['listings']['get']>>> {
  readonly #source: string;

  constructor(source: string) {
    super();
    this.#source = source;
  }

  override get(symbol: string) {
    const known = super.get(symbol);
    if (known !== undefined) return known;
    const [listing] = testContext(this.#source, [symbol]).listings.values();
    if (listing !== undefined) this.set(symbol, listing);
    return listing;
  }

  override has(symbol: string): boolean {
    return this.get(symbol) !== undefined;
  }
}

/** `path`: of the connections whose frames are read, where a recording holds several. */
function parsed(
  source: string,
  parser: (context: ParserContext) => FrameParser,
  file: string,
  path?: string,
): () => Raw[] {
  return () => {
    const parse = parser({ ...testContext(source, []), listings: new AnySymbol(source) });
    const frames = recordedFrames(file).filter((frame) => path === undefined || frame.path === path);
    return frames.flatMap(({ text, receiveTime }) => {
      const frame = parse.parse(text, receiveTime);
      return [
        ...frame.trades.map((record): Raw => ({ kind: 'trades', record })),
        ...frame.quotes.map((record): Raw => ({ kind: 'quotes', record })),
        ...frame.bars.map((record): Raw => ({ kind: 'bars', record })),
      ];
    });
  };
}

/** Recording and reader. */
const CORPUS: [string, () => Raw[]][] = [
  ['binance 2021-04-17', parsed('binance', binance, 'frames/binance-2021-04-17.jsonl.gz')],
  ['binance 2021-08-14', parsed('binance', binance, 'frames/binance-2021-08-14.jsonl.gz')],
  ['coinbase 2026-08-09', parsed('coinbase', coinbase, 'frames/coinbase-advanced-2026-08-09.jsonl.gz')],
  ['okx 2022-05-13', parsed('okx', okx, 'frames/okx-2022-05-13.jsonl.gz')],
  ...['spot', 'linear'].flatMap((category): typeof CORPUS =>
    ['2025-06-13', '2026-08-09'].map((date) => [
      `bybit ${category} ${date}`,
      parsed('bybit', bybit, `frames/bybit-${date}.jsonl.gz`, `/v5/public/${category}`),
    ]),
  ),
  ['kraken trades by REST', krakenTrades],
  ['kraken candles by REST', krakenBars],
  ['interactive brokers bars', brokerBars],
  ['interactive brokers ticks', brokerTicks],
];

function duplicates({ reports }: Validated): number {
  return reports.reduce((sum, report) => sum + report.duplicates, 0);
}

describe.skipIf(!RECORDINGS_PRESENT)('the validator on recordings (../shared/realdata)', () => {
  it.each(CORPUS)('finds nothing wrong in %s', (_, read) => {
    const raws = read();
    expect(raws.length).toBeGreaterThan(0);
    const validated = Object.values(validate(raws));
    expect(validated.flatMap(({ refused }) => refused)).toEqual([]);
    expect(validated.reduce((sum, { suspects }) => sum + suspects, 0)).toBe(0);
    expect(validated.reduce((sum, { flags }) => sum + flags.length, 0)).toBe(raws.length);
    expect(validated.reduce((sum, one) => sum + duplicates(one), 0)).toBe(0);
    expect(new Set(validated.flatMap(({ flags }) => flags.flat()))).toEqual(new Set());
  });
});

describe.skipIf(!RECORDINGS_PRESENT)('the validator on recordings with a fault injected', () => {
  const SYMBOL = 'FTMUSDT';

  /** The trades of one symbol, numbered as one session would number them. */
  function trades(): RawTrade[] {
    const [, read] = CORPUS.find(([name]) => name === 'binance 2021-08-14') as (typeof CORPUS)[number];
    return read().flatMap(({ kind, record }) =>
      kind === 'trades' && record.venueSymbol === SYMBOL ? [record] : [],
    );
  }

  function found(records: readonly RawTrade[]) {
    const raws = records.map((record, index): Raw => ({
      kind: 'trades',
      record: { ...record, ordinal: index + 1 },
    }));
    const { refused, reports, flags } = validate(raws).trades;
    const sum = (name: 'gaps' | 'missingIds' | 'late' | 'filled' | 'duplicates'): number =>
      reports.reduce((total, report) => total + report[name], 0);
    const figures = [sum('gaps'), sum('missingIds'), sum('late'), sum('filled'), sum('duplicates')];
    return {
      figures,
      refused: refused.map((reason) => reason.slice(0, reason.indexOf(':'))),
      passed: flags.length,
    };
  }

  const whole = RECORDINGS_PRESENT ? trades() : [];
  const inner = whole.slice(1, -1).map((_, index) => index + 1);

  it('plays thirteen contiguous trades', () => {
    expect(found(whole)).toEqual({ figures: [0, 0, 0, 0, 0], refused: [], passed: 13 });
  });

  it.each(inner)('finds that line %i is missing, and how many ids', (at) => {
    expect(found(whole.toSpliced(at, 1))).toEqual({ figures: [1, 1, 0, 0, 0], refused: [], passed: 12 });
  });

  it.each(inner)('finds that line %i came twice, from any session', (at) => {
    const line = whole[at] as RawTrade;
    const twice = { figures: [0, 0, 0, 0, 1], refused: [], passed: 13 };
    expect(found(whole.toSpliced(at, 0, line))).toEqual(twice);
    expect(found(whole.toSpliced(at, 0, { ...line, session: 'other' }))).toEqual(twice);
    expect(found([...whole, { ...line, origin: 'BACKFILL' }])).toEqual(twice);
  });

  it.each(inner)('finds that line %i came one too late', (at) => {
    const [line, next] = [whole[at] as RawTrade, whole[at + 1] as RawTrade];
    expect(found(whole.toSpliced(at, 2, next, line))).toEqual({
      figures: [1, 1, 1, 1, 0],
      refused: [],
      passed: 13,
    });
  });

  it.each(inner)(
    'refuses line %i when its time or price cannot be right, and says that its id is missing',
    (at) => {
      const line = whole[at] as RawTrade;
      const ahead = whole.with(at, { ...line, eventTime: line.receiveTime + 6_000_000 });
      expect(found(ahead)).toEqual({ figures: [1, 1, 0, 0, 0], refused: ['event-in-future'], passed: 12 });
      const negative = whole.with(at, { ...line, price: -line.price });
      expect(found(negative)).toEqual({
        figures: [1, 1, 0, 0, 0],
        refused: ['price-not-positive'],
        passed: 12,
      });
    },
  );

  it.each(inner)('finds backfill of line %i to fill the hole', (at) => {
    const line = { ...(whole[at] as RawTrade), origin: 'BACKFILL' } as const;
    expect(found([...whole.toSpliced(at, 1), line])).toEqual({
      figures: [1, 1, 0, 1, 0],
      refused: [],
      passed: 13,
    });
  });
});
