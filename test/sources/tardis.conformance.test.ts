import { readFileSync } from 'node:fs';
import { createParser as binance } from '@concord/ingestor-binance';
import { createParser as bybit } from '@concord/ingestor-bybit';
import { createParser as coinbase } from '@concord/ingestor-coinbase';
import { createParser as kraken } from '@concord/ingestor-kraken';
import { createParser as okx } from '@concord/ingestor-okx';
import { formatMicros, parseFixed, type Fixed, type Micros } from '@concord/model';
import type { FrameParser, ParsedFrame, ParserContext } from '@concord/sources';
import { readRecording, RECORDINGS_PRESENT, testContext } from '@concord/testkit';
import { normalizeBookTickers, normalizeTrades } from 'tardis-dev';
import { describe, expect, it } from 'vitest';

type Their = Readonly<Record<string, unknown>>;

interface Pair {
  /** The message's own text: a number's text must come from the line, not from a number. */
  readonly text: string;
  readonly message: unknown;
  readonly localTimestamp: Date;
  readonly mapperFrom: Date;
  readonly expected: readonly Their[];
}

function pairsOf(file: string): Pair[] {
  const lines = readRecording(`tardis/${file}`).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const read = JSON.parse(line) as Record<'localTimestamp' | 'mapperFrom', string> & {
        message: unknown;
        expected: Their[];
      };
      return {
        text: line.slice(line.indexOf('"message":') + 10, line.lastIndexOf(',"expected":')),
        message: read.message,
        localTimestamp: new Date(read.localTimestamp),
        mapperFrom: new Date(read.mapperFrom ?? read.localTimestamp),
        expected: read.expected,
      };
    });
}

interface Compared {
  readonly file: string;
  readonly createParser: (context: ParserContext) => FrameParser;
  /** The exchange of tardis-dev whose mappers made what is expected, where the installed version still does. */
  readonly exchange: 'binance' | 'bybit-spot' | 'okex' | null;
  /** Frames of protocols that the venue has retired, or that are not spoken here. */
  isForeign(text: string): boolean;
  /** Trades and quotes of the pairs that are compared. */
  readonly records: number;
}

const COMPARED: readonly Compared[] = [
  { file: 'binance.jsonl', createParser: binance, exchange: 'binance', isForeign: () => false, records: 3 },
  {
    file: 'bybit_spot.jsonl',
    createParser: bybit,
    exchange: 'bybit-spot',
    isForeign: (text) => text.includes('"params"'),
    records: 7,
  },
  { file: 'coinbase.jsonl', createParser: coinbase, exchange: null, isForeign: () => true, records: 0 },
  { file: 'kraken_v2.jsonl', createParser: kraken, exchange: null, isForeign: () => false, records: 2 },
  {
    file: 'okex.jsonl',
    createParser: okx,
    exchange: 'okex',
    isForeign: (text) => text.includes('"table"'),
    records: 3,
  },
];

function exact(value: unknown): Fixed | null {
  return typeof value === 'string' || typeof value === 'number' ? (parseFixed(String(value)) ?? null) : null;
}

/** Their times end with milliseconds or microseconds. */
function time(value: unknown): string {
  const text = String(value);
  return text.length === '2026-01-01T00:00:00.000Z'.length ? text.replace('Z', '000Z') : text;
}

function ownTime(value: Micros | null): string | null {
  return value === null ? null : formatMicros(value);
}

interface Mapper {
  canHandle(message: unknown): boolean;
  map(message: unknown, localTimestamp: Date): Iterable<object> | undefined;
}

/** Every field that both sides define, in our form. `timestamp` null: see `quote-time`. */
function theirs(expected: readonly Their[]): object[] {
  return expected.flatMap((one): object[] => {
    if (one['type'] === 'trade') {
      const side = String(one['side']).toUpperCase();
      const values = { price: exact(one['price']), size: exact(one['amount']) };
      return [{ symbol: one['symbol'], id: one['id'], ...values, side, time: time(one['timestamp']) }];
    }
    if (one['type'] !== 'book_ticker') return [];
    const isReceipt = one['timestamp'] === one['localTimestamp'];
    return [
      {
        symbol: one['symbol'],
        bid: exact(one['bidPrice']),
        bidSize: exact(one['bidAmount']),
        ask: exact(one['askPrice']),
        askSize: exact(one['askAmount']),
        time: isReceipt ? null : time(one['timestamp']),
      },
    ];
  });
}

function ours({ trades, quotes }: ParsedFrame): object[] {
  return [
    ...trades
      .filter(({ origin }) => origin === 'LIVE')
      .map(({ venueSymbol, lastId, price, size, side, eventTime }) => ({
        ...{ symbol: venueSymbol, id: lastId, price, size, side },
        time: ownTime(eventTime),
      })),
    ...quotes.map(({ venueSymbol, bid, bidSize, ask, askSize, eventTime }) => ({
      ...{ symbol: venueSymbol, bid, bidSize, ask, askSize },
      time: ownTime(eventTime),
    })),
  ];
}

/** Symbols anywhere in what is expected or in the messages. */
function symbolsOf(pairs: readonly Pair[]): string[] {
  const named = /"(?:s|symbol|instId|product_id)":"([^"]+)"/g;
  return [
    ...new Set(pairs.flatMap(({ text }) => Array.from(text.matchAll(named), ([, symbol = '']) => symbol))),
  ];
}

/** What differs on purpose; the table in docs/other-normalisers.md gives the reasons, and names them so. */
const DIFFERENCES = [
  'quote-time',
  'book-changes',
  'trade-snapshots',
  'merged-fills',
  'engine-time',
  'exact-numbers',
  'coinbase-exchange',
  'retired-protocols',
];

describe.skipIf(!RECORDINGS_PRESENT)(
  'our records and those of tardis-dev (../shared/realdata/tardis)',
  () => {
    for (const { file, createParser, exchange, isForeign, records } of COMPARED) {
      it(`agree in every field that both define: ${file}`, () => {
        const pairs = pairsOf(file);
        const parser = createParser(testContext(file, symbolsOf(pairs)));
        let compared = 0;
        for (const { text, expected } of pairs.filter((pair) => !isForeign(pair.text))) {
          const parsed = parser.parse(text, 0);
          expect(parsed.refusals).toEqual([]);
          expect(ours(parsed)).toEqual(theirs(expected));
          compared += theirs(expected).length;
        }
        expect(compared).toBe(records);
      });

      it(`tell nothing of frames that are not spoken here, and refuse each: ${file}`, () => {
        const parser = createParser(testContext(file, symbolsOf(pairsOf(file))));
        for (const { text } of pairsOf(file).filter((pair) => isForeign(pair.text))) {
          const { trades, quotes, bars, refusals } = parser.parse(text, 0);
          expect([trades, quotes, bars]).toEqual([[], [], []]);
          expect(refusals).toHaveLength(1);
        }
      });

      if (exchange === null) continue;
      it(`come of the installed mappers as they were recorded: ${file}`, () => {
        const mappersAt = new Map<number, readonly Mapper[]>();
        for (const { message, localTimestamp, mapperFrom, expected } of pairsOf(file)) {
          const at = mapperFrom.valueOf();
          const mappers = mappersAt.get(at) ?? [
            normalizeTrades(exchange, mapperFrom),
            normalizeBookTickers(exchange, mapperFrom),
          ];
          mappersAt.set(at, mappers); // they keep the book between messages
          const made = mappers.flatMap((mapper) =>
            mapper.canHandle(message) ? [...(mapper.map(message, localTimestamp) ?? [])] : [],
          );
          expect(theirs(JSON.parse(JSON.stringify(made)) as Their[])).toEqual(theirs(expected));
        }
      });
    }

    it('differ where docs/other-normalisers.md says so, for the reasons given there', () => {
      const page = readFileSync(new URL('../../docs/other-normalisers.md', import.meta.url), 'utf8');
      const told = Array.from(page.matchAll(/^\| `([a-z-]+)` +\|/gm), ([, name]) => name);
      expect(told.filter((name) => DIFFERENCES.includes(name ?? ''))).toEqual(DIFFERENCES);
    });
  },
);
