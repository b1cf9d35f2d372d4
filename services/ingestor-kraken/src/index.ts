export { krakenOptions, type KrakenOptions } from './config.ts';
export { KrakenHistory, readBars, readTrades } from './history.ts';
export { createParser } from './parse.ts';
export { kraken, KrakenDataSource, krakenVenue } from './venue.ts';
