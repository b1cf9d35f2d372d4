export { ibOptions, type IbOptions } from './config.ts';
export { contractOf } from './contract.ts';
export { TwsParser } from './parse.ts';
export { ib, IBDataSource } from './venue.ts';
