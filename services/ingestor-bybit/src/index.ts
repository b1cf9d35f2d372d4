export { bybitOptions, type BybitOptions } from './config.ts';
export { BybitHistory, readKlines, readRecentTrades } from './history.ts';
export { createParser } from './parse.ts';
export { bybit, BybitDataSource, bybitVenue } from './venue.ts';
