import { normalizeBookTickers, normalizeTrades } from 'tardis-dev';

export type MappedExchange = 'binance' | 'bybit' | 'okex';

/** Protocols of this time: the mappers choose by the day of receipt. */
const RECEIVED = new Date('2026-08-09T21:06:00.500Z');

interface Mapper {
  canHandle(message: unknown): boolean;
  map(message: unknown, localTimestamp: Date): Iterable<object> | undefined;
}

/** How many records tardis-dev makes of a frame's text, by the one mapper that is asked for. */
export function mapperOf(exchange: MappedExchange, kind: 'trades' | 'quotes'): (text: string) => number {
  const mapper: Mapper =
    kind === 'trades' ? normalizeTrades(exchange, RECEIVED) : normalizeBookTickers(exchange, RECEIVED);
  return (text) => {
    const message: unknown = JSON.parse(text);
    if (!mapper.canHandle(message)) return 0;
    let records = 0;
    for (const record of mapper.map(message, RECEIVED) ?? []) if ('symbol' in record) records++;
    return records;
  };
}
