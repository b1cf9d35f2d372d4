import type { CleanQuote, CleanTrade } from '@concord/codec';
import { compileRules, InstrumentConsensus, Sessions, type ConsensusRecord } from '@concord/fusion';
import { configurationOf, DAY, quote, trade } from '@concord/fusion/testing';
import { formatFixed } from '@concord/model';
import type { PipelineConfiguration } from '@concord/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReferenceStream, type ReferenceRecord } from './reference-stream.ts';
import type { ReferenceEvent } from './reference.ts';

const SOURCES = ['a', 'b', 'c', 'd', 'e'] as const;
const STRATEGIES = ['consensus', 'priority', 'latest', 'weighted-average'] as const;

/** What a random event is made of; turned into records and markers below. */
const eventArbitrary = fc.record({
  source: fc.nat({ max: 4 }),
  // Mostly a few ms apart, now and then seconds.
  gapMs: fc.oneof(
    { weight: 8, arbitrary: fc.nat({ max: 180 }) },
    { weight: 1, arbitrary: fc.nat({ max: 9_000 }) },
  ),
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('record' as const) },
    { weight: 5, arbitrary: fc.constantFrom('live' as const) },
    { weight: 1, arbitrary: fc.constantFrom('down' as const, 'connecting' as const) },
  ),
  session: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) }),
  // In hundredths around 100: agreement, disagreement of a few per cent, outliers.
  cents: fc.oneof(
    { weight: 10, arbitrary: fc.integer({ min: -6, max: 6 }) },
    { weight: 1, arbitrary: fc.integer({ min: -400, max: 400 }) },
  ),
  half: fc.oneof(
    { weight: 9, arbitrary: fc.nat({ max: 5 }) },
    { weight: 1, arbitrary: fc.nat({ max: 300 }) },
  ),
  verdict: fc.oneof(
    { weight: 15, arbitrary: fc.constant('VALID' as const) },
    { weight: 1, arbitrary: fc.constant('SUSPECT' as const) },
  ),
  origin: fc.oneof(
    { weight: 15, arbitrary: fc.constant('LIVE' as const) },
    { weight: 1, arbitrary: fc.constantFrom('SNAPSHOT' as const, 'BACKFILL' as const) },
  ),
  oneSided: fc.nat({ max: 30 }),
  // Milliseconds by which the venue's time and the receipt lie behind the log.
  behindMs: fc.nat({ max: 40 }),
  lateMs: fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat({ max: 3_000 }) },
  ),
});
type RandomEvent = typeof eventArbitrary extends fc.Arbitrary<infer T> ? T : never;

const setupArbitrary = fc.record({
  count: fc.integer({ min: 1, max: 5 }),
  everyChange: fc.subarray([...SOURCES]),
  strategy: fc.constantFrom(...STRATEGIES),
  allowSingle: fc.boolean(),
  minimumSources: fc.integer({ min: 1, max: 3 }),
  deviationPercent: fc.constantFrom('1', '0.3', '3'),
  deviationHoldMs: fc.constantFrom(0, 500, 30_000),
  silentAfterMs: fc.constantFrom(5_000, 60_000),
  quoteMaximumAgeMs: fc.constantFrom(800, 30_000),
  tradeAgeFactor: fc.constantFrom(1, 100),
  tradeMinimumAgeMs: fc.constantFrom(200, 10_000),
  tradeMaximumAgeMs: fc.constantFrom(12_000, 300_000),
  averageHalfLifeMs: fc.constantFrom(1_000, 3_600_000),
  weights: fc.dictionary(fc.constantFrom(...SOURCES), fc.constantFrom('1', '2.5', '7', '0.1')),
});
type Setup = typeof setupArbitrary extends fc.Arbitrary<infer T> ? T : never;

function configurationFrom({ count, everyChange, ...fusion }: Setup): PipelineConfiguration {
  return configurationOf({ sources: SOURCES.slice(0, count), everyChange, fusion });
}

function eventsFrom(kind: 'trades' | 'quotes', random: readonly RandomEvent[]): ReferenceEvent[] {
  let at = DAY;
  return random.map((given, index): ReferenceEvent => {
    at += given.gapMs * 1_000;
    const source = SOURCES[given.source] as string;
    const session = `${source}-${given.session}`;
    if (given.kind !== 'record') return { at, type: 'session', source, session, state: given.kind };
    return { at, type: 'record', record: recordFrom(kind, given, at, source, session, index) };
  });
}

function recordFrom(
  kind: 'trades' | 'quotes',
  given: RandomEvent,
  at: number,
  source: string,
  session: string,
  index: number,
): CleanQuote | CleanTrade {
  const { verdict, origin } = given;
  const received = at - given.behindMs * 1_000;
  const eventTime = received - given.lateMs * 1_000;
  const text = (cents: number): string => formatFixed(BigInt(10_000 + cents) * 10n ** 10n);
  if (kind === 'trades') {
    const id = { idKind: 'TRADE', firstId: String(index), lastId: String(index) } as const;
    return trade(source, text(given.cents), '1', received, { ...id, session, eventTime, verdict, origin });
  }
  const bid = given.oneSided === 0 ? null : text(given.cents - given.half);
  const ask = given.oneSided === 1 ? null : text(given.cents + given.half);
  const more = given.lateMs === 0 ? {} : { eventTime };
  return quote(source, bid, ask, received, { session, verdict, origin, ...more });
}

/** The program's answer in the reference's words. */
function play(
  configuration: PipelineConfiguration,
  kind: 'trades' | 'quotes',
  events: readonly ReferenceEvent[],
): ReferenceRecord[] {
  const [instrument] = configuration.instruments;
  if (instrument === undefined) throw new Error('one instrument is configured');
  const records: ConsensusRecord[] = [];
  const emit = (record: ConsensusRecord): void => void records.push(record);
  const sessions = new Sessions();
  const rules = compileRules(configuration, kind, instrument, 1);
  const consensus = new InstrumentConsensus(rules, sessions, DAY);
  consensus.configure(rules, true, emit);
  events.forEach((event, position) => {
    if (event.type === 'record') return consensus.take(event.record, position, event.at, emit);
    consensus.advance(event.at, emit);
    sessions.heard(event, event.at);
    if (consensus.hears(event.source, event.session)) consensus.touch(emit);
  });
  return records.map(inTheReferencesWords);
}

function inTheReferencesWords(record: ConsensusRecord): ReferenceRecord {
  const quoted = 'mid' in record;
  const { sequence, logTime, asOf, status, emission, triggerReceiveTime, confidence } = record;
  const { cumulativePriceTime, cumulativeConfidenceTime, downtimeMicros, average } = record;
  return {
    ...{ sequence, logTime, asOf, status, emission, triggerReceiveTime, confidence },
    value: quoted ? record.mid : record.price,
    bid: quoted ? record.bid : null,
    ask: quoted ? record.ask : null,
    best: quoted
      ? [record.bestBid, record.bestBidSource, record.bestAsk, record.bestAskSource, record.crossed]
      : [null, null, null, null, false],
    sources: record.sources.map(({ source, value, confidence: c, weight, ageMicros, reason }) => ({
      ...{ source, value, confidence: c, weight, ageMicros, reason },
    })),
    ...{ cumulativePriceTime, cumulativeConfidenceTime, downtimeMicros, average },
  };
}

describe.each(['quotes', 'trades'] as const)('the consensus of %s', (kind) => {
  it('is what a slow program written from the methodology says, for random markets and parameters', () => {
    const seen = new Set<string>();
    const runs = 100;
    fc.assert(
      fc.property(
        setupArbitrary,
        fc.array(eventArbitrary, { minLength: 5, maxLength: 90, size: 'max' }),
        (setup, random) => {
          const configuration = configurationFrom(setup);
          const events = eventsFrom(kind, random);
          const expected = new ReferenceStream(configuration, kind, DAY).play(events);
          const actual = play(configuration, kind, events);
          for (const { status, emission, sources } of actual) {
            for (const word of [status, emission, ...sources.map(({ reason }) => reason)]) seen.add(word);
          }
          expect(actual).toEqual(expected);
        },
      ),
      { numRuns: runs, endOnFailure: true },
    );
    // The comparison means little unless the random markets reach every branch.
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        'DEGRADED',
        'DISPERSED',
        'HEARTBEAT',
        'MEMBERSHIP',
        'MOVE',
        'NO_QUORUM',
        'OK',
        'SINGLE',
        'STATUS',
        'below-quorum',
        'deviating',
        'down',
        'no-observation',
        'silent',
        'stale',
        'suspect',
        ...(kind === 'quotes' ? ['one-sided', 'wide'] : []),
      ]),
    );
  });
});
