export { binanceOptions, type BinanceOptions } from './config.ts';
export { BinanceHistory, readAggregateTrades, readKlines } from './history.ts';
export { createParser } from './parse.ts';
export { binance, BinanceDataSource, binanceVenue } from './venue.ts';
