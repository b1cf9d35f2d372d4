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

/** What a notice of the venue calls for. Codes: https://interactivebrokers.github.io/tws-api/message_codes.html (2026-11). */
export type NoticeEffect =
  /** TWS has lost the venue: nothing comes until it is back. */
  | 'lost'
  /** It is back and has forgotten the requests. */
  | 'back-empty'
  /** It is back and serves on. */
  | 'back'
  /** One of its data farms is cut off, or serves again. */
  | 'farm-lost'
  | 'farm-back'
  /** The connection is of no use any more. */
  | 'end'
  /** This client id belongs to another client. */
  | 'id-taken'
  /** A request was refused for good, or until the venue has room for it. */
  | 'refused'
  | 'try-later'
  /** Live data are not subscribed: delayed ones may be had instead. */
  | 'not-subscribed'
  /** No tick-by-tick line is free: sampled data may be had instead. */
  | 'no-tick-by-tick'
  /** The id of a request was in use already. */
  | 'id-in-use'
  /** Tells, and calls for nothing. */
  | 'none';

export const NOTICES: Readonly<Record<number, NoticeEffect>> = {
  100: 'try-later', // more than 50 messages a second
  101: 'try-later', // more lines than the account has
  102: 'id-in-use',
  162: 'try-later', // history: pacing, or no data
  165: 'none',
  200: 'refused', // no such contract
  300: 'none', // a cancelled request is not known any more
  310: 'none',
  317: 'none',
  321: 'refused', // the request is not valid
  326: 'id-taken',
  354: 'not-subscribed',
  366: 'none', // a cancelled historical query is not known any more
  420: 'refused',
  502: 'end',
  504: 'end',
  1100: 'lost',
  1101: 'back-empty',
  1102: 'back',
  1300: 'end', // the port was changed
  2100: 'none',
  2103: 'farm-lost',
  2104: 'farm-back',
  2105: 'farm-lost',
  2106: 'farm-back',
  2107: 'none', // asleep until it is asked
  2108: 'none',
  2110: 'lost',
  2119: 'none',
  2157: 'none', // definitions of instruments: no data
  2158: 'none',
  2174: 'none',
  10089: 'not-subscribed',
  10090: 'none', // a part is not subscribed; the rest comes
  10091: 'not-subscribed',
  10167: 'none', // delayed data come instead
  10168: 'not-subscribed',
  10186: 'not-subscribed',
  10187: 'try-later', // historical ticks: pacing
  10189: 'no-tick-by-tick',
  10190: 'no-tick-by-tick',
  10197: 'try-later', // a competing session has the live data
};

/** What a notice calls for. One that is not known refuses the request it names, but for 2100 to 2199, which are warnings. */
export function effectOf(code: number, text: string, request: number | null): NoticeEffect {
  // "Error processing request": of what, only the words tell.
  if (code === 322) return /duplicate/i.test(text) ? 'id-in-use' : 'try-later';
  return NOTICES[code] ?? (request === null || (code >= 2_100 && code < 2_200) ? 'none' : 'refused');
}

/** Whether notice 162 says that there is nothing in the time that was asked for, rather than that it was asked too often. */
export function saysNoData(text: string): boolean {
  return /no data/i.test(text);
}

/** The port that notice 1300 names, where it does. */
export function newPortOf(text: string): number | undefined {
  const port = Number(/port\D*(\d{2,5})\D*$/i.exec(text)?.[1]);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
