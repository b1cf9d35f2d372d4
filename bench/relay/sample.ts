import { numberedCodec, type RawQuote } from '@concord/codec';
import { ONE } from '@concord/model';

const COUNT = 10_000;

/** Values as an ingestor writes them, quotes of two instruments; base64, since workers are told them as text. */
export function sampleQuotes(): string[] {
  const codec = numberedCodec();
  return Array.from({ length: COUNT }, (_, index) =>
    codec.encode('raw.quotes', quote(index)).toString('base64'),
  );
}

function quote(index: number): RawQuote {
  const bid = 65_000n * ONE + BigInt(index % 997) * (ONE / 100n);
  return {
    instrument: index % 2 === 0 ? 'BTC-USDT' : 'ETH-USDT',
    source: 'simulated',
    venueSymbol: index % 2 === 0 ? 'BTCUSDT' : 'ETHUSDT',
    market: null,
    eventTime: null,
    eventTimePrecision: null,
    receiveTime: 1_790_000_000_000_000 + index,
    idKind: 'UPDATE',
    firstId: String(400_900_000_000 + index),
    lastId: String(400_900_000_000 + index),
    fills: null,
    venueSequence: null,
    session: 'simulated-1790000000-a1b2',
    ordinal: index,
    origin: 'LIVE',
    conditions: [],
    action: 'NEW',
    delayed: false,
    sampled: false,
    currency: 'USDT',
    sizeUnit: 'BASE',
    bid,
    bidSize: ONE / 7n,
    ask: bid + ONE / 100n,
    askSize: ONE / 3n,
  };
}
