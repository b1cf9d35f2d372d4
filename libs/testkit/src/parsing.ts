import type { Micros } from '@concord/model';
import {
  byVenueSymbol,
  type FrameParser,
  type Listing,
  type ParsedFrame,
  type ParserContext,
} from '@concord/sources';

/** A listing for tests: canonical id and units are made from the symbol. */
export function testListing(source: string, symbol: string, over: Partial<Listing> = {}): Listing {
  return {
    source,
    instrument: symbol.toUpperCase().replace(/[^A-Z0-9]/g, '-'),
    symbol,
    market: null,
    currency: 'QUOTE',
    sizeUnit: 'BASE',
    partition: 0,
    ...over,
  };
}

export function testContext(source: string, symbols: Iterable<string>): ParserContext {
  const listings = Array.from(symbols, (symbol) => testListing(source, symbol));
  return { session: 'session-1', ordinals: { next: 1 }, listings: byVenueSymbol(listings) };
}

/** Everything that several frames say, in one frame's form. */
export interface JoinedFrames extends Omit<ParsedFrame, 'heartbeat' | 'closing'> {
  readonly heartbeats: number;
  readonly frames: number;
}

export function joined(parsed: readonly ParsedFrame[]): JoinedFrames {
  return {
    frames: parsed.length,
    trades: parsed.flatMap((frame) => frame.trades),
    quotes: parsed.flatMap((frame) => frame.quotes),
    bars: parsed.flatMap((frame) => frame.bars),
    acks: parsed.flatMap((frame) => frame.acks),
    errors: parsed.flatMap((frame) => frame.errors),
    refusals: parsed.flatMap((frame) => frame.refusals),
    resyncs: parsed.flatMap((frame) => frame.resyncs),
    heartbeats: parsed.filter((frame) => frame.heartbeat).length,
  };
}

/** What a parser says of frames that it reads in their order. */
export function parseAll(
  parser: FrameParser,
  frames: Iterable<{ readonly text: string; readonly receiveTime: Micros }>,
): JoinedFrames {
  return joined(Array.from(frames, ({ text, receiveTime }) => parser.parse(text, receiveTime)));
}
