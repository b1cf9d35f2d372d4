import type { Marker, RawBar, RawQuote, RawTrade } from '@concord/codec';
import type { OutputRecord } from '@concord/kafka';
import { ONE, type Kind } from '@concord/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ValidatorFold } from './fold.ts';
import {
  bar,
  configMarker,
  markerRecord,
  NOON,
  NOON_MS,
  printed,
  quote,
  trade,
  Trial,
} from './testing/trial.ts';

type Tick = RawTrade | RawQuote | RawBar;

/** One step of a log: a tick of some session, or a marker. */
interface Step {
  readonly what: 'tick' | 'clock' | 'gap' | 'refused' | 'config';
  readonly beta: boolean;
  readonly eth: boolean;
  readonly session: number;
  readonly id: number;
  readonly length: number;
  readonly idKind: RawTrade['idKind'];
  readonly origin: RawTrade['origin'];
  readonly action: RawTrade['action'];
  readonly price: number;
  readonly delayMs: number;
  readonly passedMs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom('tick', 'tick', 'tick', 'tick', 'tick', 'tick', 'clock', 'gap', 'refused', 'config'),
  beta: fc.boolean(),
  eth: fc.nat(4).map((n) => n === 0),
  session: fc.nat(2),
  id: fc.nat(40),
  length: fc.nat(4),
  idKind: fc.constantFrom('NONE', 'TRADE', 'TRADE', 'AGGREGATE', 'UPDATE', 'OPAQUE', 'UNKNOWN'),
  origin: fc.constantFrom('LIVE', 'LIVE', 'LIVE', 'SNAPSHOT', 'BACKFILL', 'UNKNOWN'),
  action: fc.constantFrom('NEW', 'NEW', 'NEW', 'CORRECT', 'CANCEL'),
  price: fc.constantFrom(-1, 1, 2, 3, 4, 5, 6, 7),
  delayMs: fc.integer({ min: -6_000, max: 60_000 }),
  passedMs: fc.oneof(fc.nat(50), fc.nat(60_000), fc.integer({ min: -40_000, max: 0 })),
});

const PARAMETERS = { rememberedIds: 16, reportMs: 30_000 };

function ticks(kind: Kind, at: Step, ordinal: number): Tick {
  const numbered = at.idKind === 'NONE' || at.idKind === 'UNKNOWN';
  const shared = {
    instrument: at.eth ? 'ETH-USDT' : 'BTC-USDT',
    source: at.beta ? 'beta' : 'alpha',
    session: `s${at.session}`,
    idKind: at.idKind,
    firstId: numbered ? null : `${at.id}`,
    lastId: numbered ? null : `${at.idKind === 'AGGREGATE' ? at.id + at.length : at.id}`,
    origin: at.origin,
    action: at.action,
    eventTime: at.id % 7 === 0 ? null : NOON - at.delayMs * 1_000,
  };
  const price = BigInt(at.price) * ONE;
  if (kind === 'trades') return trade(ordinal, { ...shared, price });
  if (kind === 'quotes') return quote(ordinal, { ...shared, bid: price, ask: 6n * ONE });
  const start = NOON + (at.id % 5) * 60_000_000;
  const sums = { volume: BigInt(at.length) * ONE, tradeCount: at.length, final: at.price > 6 };
  return bar(ordinal, { ...shared, ...sums, start, end: start + 60_000_000, close: 10n * ONE + price / 8n });
}

function marker(kind: Kind, at: Step, index: number): Marker {
  const stream = { source: at.beta ? 'beta' : 'alpha', session: `s${at.session}`, receiveTime: NOON };
  const place = { ...stream, instrument: at.eth ? 'ETH-USDT' : 'BTC-USDT' };
  if (at.what === 'gap')
    return { type: 'gap', ...place, kind, firstId: null, lastId: null, missing: at.length };
  if (at.what === 'config') return configMarker({ ...PARAMETERS, clockAheadMs: at.id }, index + 2);
  if (at.what === 'clock') return { type: 'clock', time: NOON };
  return {
    type: 'refused',
    ...place,
    ordinal: at.id,
    code: 'half',
    message: '',
    venueSymbol: null,
    truncated: false,
  };
}

type Entry = ReturnType<typeof markerRecord> & { readonly tick?: Tick };

/** The log that steps describe: ordinals rise within each session, timestamps mostly rise. */
function logOf(kind: Kind, steps: readonly Step[]): Entry[] {
  const trial = new Trial(kind);
  const ordinals = new Map<number, number>();
  let timestampMs = NOON_MS;
  const log: Entry[] = [markerRecord(configMarker(PARAMETERS), timestampMs)];
  steps.forEach((at, index) => {
    timestampMs += at.passedMs;
    if (at.what !== 'tick') return log.push(markerRecord(marker(kind, at, index), timestampMs));
    const ordinal = (ordinals.get(at.session) ?? 0) + 1;
    ordinals.set(at.session, ordinal);
    const tick = ticks(kind, at, ordinal);
    return log.push({
      key: Buffer.from(tick.instrument),
      value: trial.encode(tick),
      headers: {},
      timestampMs,
      tick,
    });
  });
  return log;
}

function fold(
  kind: Kind,
  log: readonly Entry[],
  before: (trial: Trial<Kind>, index: number) => void = () => {},
) {
  const trial = new Trial(kind);
  log.forEach((entry, index) => {
    before(trial, index);
    trial.apply(entry);
  });
  return trial.outputs;
}

/** Clean records by value; markers pass through and may be repeated. */
function clean(outputs: readonly OutputRecord[]): string[] {
  return outputs
    .filter(({ topic, value }) => topic.startsWith('clean.') && value !== null)
    .map(({ value }) => value?.toString('hex') ?? '');
}

const kinds = fc.constantFrom<Kind>('trades', 'quotes', 'bars');
const steps = fc.array(step, { minLength: 1, maxLength: 150, size: 'max' });

describe('the fold of the validator', () => {
  it('gives byte-identical outputs whatever snapshots it goes on from', () => {
    fc.assert(
      fc.property(kinds, steps, fc.infiniteStream(fc.nat(9)), (kind, described, cuts) => {
        const log = logOf(kind, described);
        const whole = fold(kind, log).map(printed);
        const saved = new Map<string, Buffer>();
        const cut = fold(kind, log, (trial) => {
          const chance = cuts.next().value;
          if (chance > 2) return;
          for (const [key, value] of trial.fold.changes()) {
            if (value === null) saved.delete(key);
            else saved.set(key, value);
          }
          if (chance === 0) trial.restart();
          if (chance !== 1) return;
          // From the newest value of each entry, as the compacted topic holds them.
          trial.fold = new ValidatorFold(kind, trial.codec);
          for (const [key, value] of saved) trial.fold.restore(key, value);
        });
        expect(cut.map(printed)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('lets no batch that a producer sent again reach the clean topics', () => {
    fc.assert(
      fc.property(kinds, steps, fc.infiniteStream(fc.nat(20)), (kind, described, chances) => {
        const log = logOf(kind, described);
        const doubled = log.flatMap((entry, index) => {
          const length = chances.next().value;
          const again = log.slice(Math.max(0, index + 1 - length), index + 1);
          return length > 5
            ? [entry]
            : [entry, ...again.map((old) => ({ ...old, timestampMs: entry.timestampMs }))];
        });
        expect(clean(fold(kind, doubled))).toEqual(clean(fold(kind, log)));
      }),
      { numRuns: 100 },
    );
  });

  it('lets no tick that another session brought again reach the clean topics', () => {
    const sound = steps.map((all) => all.filter(({ idKind }) => idKind !== 'NONE' && idKind !== 'UNKNOWN'));
    fc.assert(
      fc.property(kinds, sound, fc.infiniteStream(fc.boolean()), (kind, described, chances) => {
        const log = logOf(kind, described);
        const trial = new Trial(kind);
        let ordinal = 0;
        const doubled = log.flatMap((entry) => {
          if (entry.tick === undefined || !chances.next().value) return [entry];
          const again = { ...entry.tick, session: 'other', ordinal: ++ordinal, revision: 0 };
          return [entry, { ...entry, value: trial.encode(again) }];
        });
        expect(clean(fold(kind, doubled))).toEqual(clean(fold(kind, log)));
      }),
      { numRuns: 100 },
    );
  });

  it('gives one instrument the same when the log holds no other', () => {
    fc.assert(
      fc.property(kinds, steps, (kind, described) => {
        const log = logOf(kind, described);
        const alone = log.filter(({ tick }) => tick === undefined || tick.instrument === 'BTC-USDT');
        const ofIt = (outputs: readonly OutputRecord[]): string[] =>
          outputs.filter(({ key, topic }) => key === 'BTC-USDT' && topic !== 'quarantine').map(printed);
        expect(ofIt(fold(kind, alone))).toEqual(ofIt(fold(kind, log)));
      }),
      { numRuns: 60 },
    );
  });

  it('accounts for every record: reports of a closed log add up to what went in', () => {
    fc.assert(
      fc.property(kinds, steps, (kind, described) => {
        const log = logOf(kind, described);
        const last = Math.max(...log.map(({ timestampMs }) => timestampMs));
        const trial = new Trial(kind);
        for (const entry of [...log, markerRecord({ type: 'clock', time: NOON }, last + 60_000)])
          trial.apply(entry);
        const reports = trial.read('quality');
        const sum = (name: 'received' | 'accepted' | 'suspected' | 'rejected' | 'duplicates'): number =>
          reports.reduce((total, report) => total + report[name], 0);
        const listed = log.filter(
          ({ tick }) => tick !== undefined && !(tick.instrument === 'ETH-USDT' && tick.source === 'beta'),
        );
        const frames = trial
          .read('quarantine')
          .filter(
            ({ form, instrument, source }) =>
              form === 'FRAME' && !(instrument === 'ETH-USDT' && source === 'beta'),
          );
        expect(sum('received')).toBe(listed.length + frames.length);
        expect(sum('accepted') + sum('suspected')).toBe(clean(trial.outputs).length);
        expect(sum('accepted') + sum('suspected') + sum('rejected') + sum('duplicates')).toBe(
          sum('received'),
        );
        for (const report of reports) {
          expect(report.verified + report.unverifiable + report.suspect + report.duplicates).toBe(
            report.received,
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});
