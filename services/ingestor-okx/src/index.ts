export { okxOptions, type OkxOptions } from './config.ts';
export { OkxHistory, readCandles, readTrades } from './history.ts';
export { createParser } from './parse.ts';
export { okx, OkxDataSource, okxVenue } from './venue.ts';
