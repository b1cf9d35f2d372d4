/**
 * Messages of the TWS socket protocol as TWS and IB Gateway send them from server version 175 on: fields of text, each ended by a NUL byte, the
 * first one the type (https://interactivebrokers.github.io/tws-api/, 2026-11). Only what is used is named.
 */
export const MESSAGE = {
  /** type, version, request, tick type, price, size, attributes */
  tickPrice: '1',
  /** type, version, request, tick type, size */
  tickSize: '2',
  /** type, version, request or −1, code, text[, more] */
  notice: '4',
  /** type, version, id */
  nextValidId: '9',
  /** type, version, accounts with commas between them */
  managedAccounts: '15',
  /** type, request, start, end, count, then per bar: time, open, high, low, close, volume, average, trades */
  historicalBars: '17',
  /** type, version, request, tick type, text */
  tickString: '46',
  /** type, version, seconds */
  currentTime: '49',
  /** type, version, request, market data type */
  marketDataType: '58',
  /** type, request, smallest step, map of exchanges, permissions */
  tickParameters: '81',
  /** type, request, trades, time, open, close, high, low, average, volume */
  barUpdate: '90',
  /** type, request, count, then per print: seconds, attributes, price, size, exchange, conditions; then whether it is the end */
  historicalTrades: '98',
  /** type, request, kind, seconds, then 1 or 2 (prints): price, size, attributes, exchange, conditions; 3 (quotes): bid, ask, their sizes, attributes */
  tickByTick: '99',
} as const;

/** From this version on all sizes are in shares, in history too; before, some were in lots of 100. */
export const SERVER_VERSION_MIN = 175;

/** Types from 1 on that the protocol documents; of these, what is not named above carries nothing that is kept. */
export const MESSAGE_TYPE_MAX = 110;

/** Fields of a line of market data that are kept; the types of delayed ones in the second place. */
export const TICK_TYPES = {
  bidSize: ['0', '69'],
  bid: ['1', '66'],
  ask: ['2', '67'],
  askSize: ['3', '70'],
  last: ['4', '68'],
  lastSize: ['5', '71'],
  lastTime: ['45', '88'],
} as const;
export type TickField = keyof typeof TICK_TYPES;
