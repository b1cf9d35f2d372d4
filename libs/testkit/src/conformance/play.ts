import type { Marker, MarkerType, RawBar, RawQuote, RawTrade } from '@concord/codec';
import { KINDS, type Kind, type Micros } from '@concord/model';
import { configSchema } from '@concord/runtime';
import { InstrumentMemory, instrumentRules, judge, type InstrumentRules } from '@concord/quality';
import { figuresOf, type RawRecord, type SourceEvent } from '@concord/sources';
import { ManualClock, settle } from '../manual-clock.ts';
import { testListing } from '../parsing.ts';
import { ReceiptClock } from './receipt-clock.ts';
import type { SourceConformance } from './venue-conformance.ts';

export interface PlayedFrame {
  readonly data: string | Buffer;
  readonly receiveTime: Micros;
}

/** Frames of one connection. */
export interface Session {
  readonly name: string;
  readonly symbols: readonly string[];
  readonly kinds?: readonly Kind[];
  readonly frames: readonly PlayedFrame[];
}

/** The figures by which the topic `sources` tells of a stream. */
export type Coverage = ReturnType<typeof figuresOf>;

export type KindRecord =
  | { readonly kind: 'trades'; readonly record: RawTrade }
  | { readonly kind: 'quotes'; readonly record: RawQuote }
  | { readonly kind: 'bars'; readonly record: RawBar };

export interface Played {
  readonly records: readonly KindRecord[];
  readonly markers: readonly Marker[];
  /** By kind and instrument. */
  readonly coverage: Readonly<Record<string, Coverage>>;
  /** Codes that the validator's rules gave to records, in their order; those of one record stand together. */
  readonly codes: readonly string[];
}

export function streamName(kind: Kind, record: Pick<RawRecord, 'instrument'>): string {
  return `${kind} ${record.instrument}`;
}

export function markersOf<T extends MarkerType>(
  { markers }: Pick<Played, 'markers'>,
  type: T,
): Extract<Marker, { type: T }>[] {
  return markers.filter((marker): marker is Extract<Marker, { type: T }> => marker.type === type);
}

/** Plays frames into a source of the venue, each at its receipt, and what comes of them into the validator's rules. */
export async function play(venue: SourceConformance, session: Session): Promise<Played> {
  const clock = new ReceiptClock(session.frames[0]?.receiveTime ?? 0);
  const machineClock = new ManualClock();
  const listings = session.symbols.map((symbol) => testListing(venue.source, symbol));
  const { source, accept } = venue.protocol.openSource({
    listings: new Map(listings.map((listing) => [listing.instrument, listing])),
    clock,
    machineClock,
  });
  await source.connect();
  const stop = new AbortController();
  const instruments = listings.map(({ instrument }) => instrument);
  const subscription = source.subscribeRealtime(instruments, session.kinds ?? KINDS, stop.signal);
  const events: SourceEvent[] = [];
  const reading = (async () => {
    for await (const batch of subscription) events.push(...batch);
  })();
  await machineClock.pass(0);
  const deliver = accept();
  for (const { data, receiveTime } of session.frames) {
    clock.at = receiveTime;
    deliver(data);
  }
  await settle();
  const coverage = Object.fromEntries(
    source
      .status()
      .streams.map(({ state }) => [streamName(state.stream.kind, state.stream.listing), figuresOf(state)]),
  );
  stop.abort();
  await machineClock.pass(0);
  await reading;
  const records = events.flatMap(recordsOf);
  const markers = events.flatMap((event) => (event.type === 'marker' ? [event.marker] : []));
  return { records, markers, coverage, codes: codesOf(venue.source, session.symbols, records) };
}

export function recordsOf(
  frame: Pick<Extract<SourceEvent, { type: 'records' }>, Kind> | { readonly type: 'marker' },
): KindRecord[] {
  if ('type' in frame && frame.type === 'marker') return [];
  const { trades, quotes, bars } = frame as Pick<Extract<SourceEvent, { type: 'records' }>, Kind>;
  return [
    ...trades.map((record): KindRecord => ({ kind: 'trades', record })),
    ...quotes.map((record): KindRecord => ({ kind: 'quotes', record })),
    ...bars.map((record): KindRecord => ({ kind: 'bars', record })),
  ];
}

/** Rules for instruments that are named after their symbols and have no bounds of their own. */
function rulesOf(source: string, symbols: readonly string[]): Map<string, InstrumentRules> {
  const config = configSchema.parse({
    venues: { [source]: {} },
    instruments: symbols.map((symbol) => ({
      id: testListing(source, symbol).instrument,
      base: 'BASE',
      quote: 'QUOTE',
      partition: 0,
      priceScale: 8,
      venues: { [source]: symbol },
    })),
  });
  return new Map(
    config.instruments.map((definition) => [definition.id, instrumentRules(definition, config.quality)]),
  );
}

function codesOf(source: string, symbols: readonly string[], records: readonly KindRecord[]): string[] {
  const rules = rulesOf(source, symbols);
  const memories = new Map<string, InstrumentMemory>();
  return records.flatMap(({ kind, record }) => {
    const name = streamName(kind, record);
    const memory = memories.get(name) ?? new InstrumentMemory();
    memories.set(name, memory);
    const own = rules.get(record.instrument);
    if (own === undefined) throw new Error(`a record of ${record.instrument}, which is not listed`);
    const subject = memory.subject(kind, record, record.receiveTime, own);
    const judgement = judge(kind, subject as never);
    memory.take(kind, subject, judgement);
    return judgement.codes;
  });
}
