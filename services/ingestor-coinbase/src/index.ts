export { coinbaseOptions, type CoinbaseOptions } from './config.ts';
export { CoinbaseHistory, readCandles } from './history.ts';
export { createParser } from './parse.ts';
export { coinbase, CoinbaseDataSource, coinbaseVenue } from './venue.ts';
