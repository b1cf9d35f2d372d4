/**
 * Codes of the venue's error message with the venue's words, as far as clients judge by them:
 * https://interactivebrokers.github.io/tws-api/message_codes.html (2026-07). The text is that of TWS without its class names.
 */
export interface Notice {
  readonly code: number;
  readonly text: string;
}

/** The id of a notice that belongs to no request. */
export const NO_REQUEST = -1;

const MARKET_FARM = 'usfarm';
const HISTORY_FARM = 'ushmds';

const hmds = (cause: string): Notice => ({
  code: 162,
  text: `Historical Market Data Service error message:${cause}`,
});
const invalid = (cause: string): Notice => ({
  code: 321,
  text: `Error validating request.-'bW' : cause - ${cause}`,
});
const unprocessed = (cause: string): Notice => ({
  code: 322,
  text: `Error processing request.-'bW' : cause - ${cause}`,
});
const topOf = (symbol: string, exchange: string): string =>
  `Delayed market data is available.${symbol} ${exchange}/TOP/ALL`;

export const NOTICES = {
  tooManyMessages: (most: number, got: number): Notice => ({
    code: 100,
    text: `Max rate of messages per second has been exceeded:max=${most} rec=${got} (1)`,
  }),
  tooManyLines: { code: 101, text: 'Max number of tickers has been reached' },
  noContract: { code: 200, text: 'No security definition has been found for the request' },
  unknownId: (id: number): Notice => ({ code: 300, text: `Can't find EId with tickerId:${id}` }),
  duplicateId: unprocessed('Duplicate ticker id'),
  tooManyHistoryRequests: (most: number): Notice =>
    unprocessed(`Only ${most} simultaneous API historical data requests allowed.`),
  clientIdInUse: {
    code: 326,
    text: 'Unable to connect as the client id is already in use. Retry with a unique client id.',
  },
  notSubscribed: (symbol: string, exchange: string): Notice => ({
    code: 354,
    text: `Requested market data is not subscribed.${topOf(symbol, exchange)}`,
  }),
  unknownHistoryId: (id: number): Notice => ({
    code: 366,
    text: `No historical data query found for ticker id:${id}`,
  }),
  notConnected: { code: 504, text: 'Not connected' },
  unknownMessage: { code: 505, text: 'Fatal Error: Unknown message id.' },
  needsSubscription: (symbol: string, exchange: string): Notice => ({
    code: 10089,
    text:
      "Requested market data requires additional subscription for API. See link in 'Market Data Connections' dialog for more details." +
      topOf(symbol, exchange),
  }),
  showingDelayed: {
    code: 10167,
    text: 'Requested market data is not subscribed. Displaying delayed market data.',
  },
  noTickByTick: (cause: string): Notice => ({
    code: 10189,
    text: `Failed to request tick-by-tick data.${cause}`,
  }),
  tooManyTickByTick: { code: 10190, text: 'Max number of tick-by-tick requests has been reached.' },
  competingSession: { code: 10197, text: 'No market data during competing live session' },
  badTime: {
    code: 10314,
    text: 'End Date/Time: The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xx/xxxx where yyyymmdd and xx/xxxx are optional.',
  },
  pacing: hmds('Historical data request pacing violation'),
  noData: (symbol: string, exchange: string, what: string): Notice =>
    hmds(`HMDS query returned no data: ${symbol}@${exchange} ${what}`),
  historyCancelled: (id: number): Notice => hmds(`API historical data query cancelled: ${id}`),
  historyFarmDown: hmds('Historical data farm is not connected'),
  invalid,
  connectivityLost: { code: 1100, text: 'Connectivity between IB and Trader Workstation has been lost.' },
  connectivityBackDataLost: {
    code: 1101,
    text: 'Connectivity between IB and Trader Workstation has been restored - data lost.',
  },
  connectivityBackDataKept: {
    code: 1102,
    text: 'Connectivity between IB and Trader Workstation has been restored - data maintained.',
  },
  portReset: (port: number): Notice => ({
    code: 1300,
    text: `Socket port has been reset and this connection is being dropped. Please reconnect on the new port - ${port}`,
  }),
  marketFarmBroken: { code: 2103, text: `Market data farm connection is broken:${MARKET_FARM}` },
  marketFarmOk: { code: 2104, text: `Market data farm connection is OK:${MARKET_FARM}` },
  historyFarmBroken: { code: 2105, text: `HMDS data farm connection is broken:${HISTORY_FARM}` },
  historyFarmOk: { code: 2106, text: `HMDS data farm connection is OK:${HISTORY_FARM}` },
  marketFarmIdle: {
    code: 2108,
    text: `Market data farm connection is inactive but should be available upon demand.${MARKET_FARM}`,
  },
  definitionFarmOk: { code: 2158, text: 'Sec-def data farm connection is OK:secdefil' },
} as const;
