/** Requests of a client as server version 176 reads them: https://interactivebrokers.github.io/tws-api/ (EClient, 2026-07). */
export interface ContractQuery {
  readonly conId: number;
  readonly symbol: string;
  readonly secType: string;
  readonly exchange: string;
  readonly primaryExchange: string;
  readonly currency: string;
  readonly localSymbol: string;
}

export type TickByTickType = 'Last' | 'AllLast' | 'BidAsk' | 'MidPoint';

export interface BarsRequest {
  readonly kind: 'bars';
  readonly id: number;
  readonly contract: ContractQuery;
  readonly end: string;
  readonly barSize: string;
  readonly duration: string;
  readonly whatToShow: string;
  /** 1: the time of the exchange as text; 2: seconds since 1970. */
  readonly formatDate: number;
  readonly keepUpToDate: boolean;
}

export interface TicksRequest {
  readonly kind: 'ticks';
  readonly id: number;
  readonly contract: ContractQuery;
  readonly start: string;
  readonly end: string;
  readonly count: number;
  readonly whatToShow: string;
}

export interface MarketDataRequest {
  readonly kind: 'market-data';
  readonly id: number;
  readonly contract: ContractQuery;
  readonly genericTicks: readonly string[];
  readonly isSnapshot: boolean;
}

export interface TickByTickRequest {
  readonly kind: 'tick-by-tick';
  readonly id: number;
  readonly contract: ContractQuery;
  readonly tickType: string;
  /** How many past ticks go ahead of the first live one. */
  readonly count: number;
  readonly ignoresSize: boolean;
}

export interface RealTimeBarsRequest {
  readonly kind: 'real-time-bars';
  readonly id: number;
  readonly contract: ContractQuery;
  readonly whatToShow: string;
}

/** Things of accounts and orders, of which there are none here: the answer is that there is nothing. */
export type AccountTopic =
  | 'open-orders'
  | 'account'
  | 'executions'
  | 'positions'
  | 'account-summary'
  | 'account-multi'
  | 'positions-multi'
  | 'completed-orders';

export type Request =
  | MarketDataRequest
  | TickByTickRequest
  | RealTimeBarsRequest
  | BarsRequest
  | TicksRequest
  | { readonly kind: 'start-api'; readonly clientId: number }
  | { readonly kind: 'contract'; readonly id: number; readonly contract: ContractQuery }
  | {
      readonly kind: 'head-time';
      readonly id: number;
      readonly contract: ContractQuery;
      readonly formatDate: number;
    }
  | { readonly kind: 'matching-symbols'; readonly id: number; readonly pattern: string }
  | { readonly kind: 'market-rule'; readonly id: number }
  | { readonly kind: 'market-data-type'; readonly type: number }
  | { readonly kind: 'cancel'; readonly of: CancelTopic; readonly id: number }
  | {
      readonly kind: 'nothing-there';
      readonly topic: AccountTopic;
      readonly id: number;
      readonly account: string;
    }
  | { readonly kind: 'current-time' | 'ids' | 'managed-accounts' | 'ignored' };

export type CancelTopic = 'market-data' | 'tick-by-tick' | 'real-time-bars' | 'bars' | 'head-time';

/** Takes the fields one after the other; what is missing is empty. */
class Fields {
  readonly #fields: readonly string[];
  #next = 0;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  text(): string {
    return this.#fields[this.#next++] ?? '';
  }

  skip(count: number): void {
    this.#next += count;
  }

  whole(): number {
    const value = Number(this.text());
    return Number.isFinite(value) ? Math.trunc(value) : 0;
  }

  flag(): boolean {
    return this.whole() !== 0;
  }

  /** The twelve fields of a contract. */
  contract(): ContractQuery {
    const [conId, symbol, secType] = [this.whole(), this.text(), this.text()];
    // Last trade date, strike, right and multiplier belong to derivatives, of which none is listed.
    this.skip(4);
    const [exchange, primaryExchange, currency] = [this.text(), this.text(), this.text()];
    const localSymbol = this.text();
    this.skip(1);
    return { conId, symbol, secType, exchange, primaryExchange, currency, localSymbol };
  }
}

const READERS: Readonly<Record<number, (fields: Fields) => Request>> = {
  1: marketData,
  2: cancel('market-data', true),
  5: nothingThere('open-orders', 'none'),
  6: account,
  7: nothingThere('executions', 'versioned'),
  8: () => ({ kind: 'ids' }),
  9: contract,
  14: () => ({ kind: 'ignored' }),
  15: () => ({ kind: 'ignored' }),
  16: nothingThere('open-orders', 'none'),
  17: () => ({ kind: 'managed-accounts' }),
  20: bars,
  25: cancel('bars', true),
  49: () => ({ kind: 'current-time' }),
  50: realTimeBars,
  51: cancel('real-time-bars', true),
  59: (fields) => {
    fields.skip(1);
    return { kind: 'market-data-type', type: fields.whole() };
  },
  61: nothingThere('positions', 'none'),
  62: nothingThere('account-summary', 'versioned'),
  63: () => ({ kind: 'ignored' }),
  64: () => ({ kind: 'ignored' }),
  71: (fields) => {
    fields.skip(1);
    return { kind: 'start-api', clientId: fields.whole() };
  },
  74: nothingThere('positions-multi', 'versioned'),
  76: nothingThere('account-multi', 'versioned'),
  77: () => ({ kind: 'ignored' }),
  81: (fields) => ({ kind: 'matching-symbols', id: fields.whole(), pattern: fields.text() }),
  87: headTime,
  90: cancel('head-time', false),
  91: (fields) => ({ kind: 'market-rule', id: fields.whole() }),
  96: ticks,
  97: tickByTick,
  98: cancel('tick-by-tick', false),
  99: nothingThere('completed-orders', 'none'),
};

/** The request in a message's fields; `undefined` for one that is not known here (orders, scanners, news). */
export function readRequest(fields: readonly string[]): Request | undefined {
  const rest = new Fields(fields);
  return READERS[rest.whole()]?.(rest);
}

function marketData(fields: Fields): MarketDataRequest {
  fields.skip(1);
  const id = fields.whole();
  const contract = fields.contract();
  // A delta-neutral contract has three fields of its own.
  if (fields.flag()) fields.skip(3);
  const genericTicks = fields
    .text()
    .split(',')
    .filter((one) => one !== '');
  return { kind: 'market-data', id, contract, genericTicks, isSnapshot: fields.flag() };
}

function contract(fields: Fields): Request {
  fields.skip(1);
  return { kind: 'contract', id: fields.whole(), contract: fields.contract() };
}

function bars(fields: Fields): BarsRequest {
  const [id, contract] = [fields.whole(), fields.contract()];
  fields.skip(1);
  const [end, barSize, duration] = [fields.text(), fields.text(), fields.text()];
  fields.skip(1);
  const [whatToShow, formatDate, keepUpToDate] = [fields.text(), fields.whole(), fields.flag()];
  return { kind: 'bars', id, contract, end, barSize, duration, whatToShow, formatDate, keepUpToDate };
}

function realTimeBars(fields: Fields): RealTimeBarsRequest {
  fields.skip(1);
  const [id, contract] = [fields.whole(), fields.contract()];
  fields.skip(1);
  return { kind: 'real-time-bars', id, contract, whatToShow: fields.text() };
}

function headTime(fields: Fields): Request {
  const [id, contract] = [fields.whole(), fields.contract()];
  fields.skip(3);
  return { kind: 'head-time', id, contract, formatDate: fields.whole() };
}

function ticks(fields: Fields): TicksRequest {
  const [id, contract] = [fields.whole(), fields.contract()];
  fields.skip(1);
  const [start, end, count] = [fields.text(), fields.text(), fields.whole()];
  return { kind: 'ticks', id, contract, start, end, count, whatToShow: fields.text() };
}

function tickByTick(fields: Fields): TickByTickRequest {
  const [id, contract] = [fields.whole(), fields.contract()];
  const [tickType, count, ignoresSize] = [fields.text(), fields.whole(), fields.flag()];
  return { kind: 'tick-by-tick', id, contract, tickType, count, ignoresSize };
}

function account(fields: Fields): Request {
  fields.skip(1);
  const isWanted = fields.flag();
  if (!isWanted) return { kind: 'ignored' };
  return { kind: 'nothing-there', topic: 'account', id: 0, account: fields.text() };
}

function cancel(of: CancelTopic, isVersioned: boolean): (fields: Fields) => Request {
  return (fields) => {
    if (isVersioned) fields.skip(1);
    return { kind: 'cancel', of, id: fields.whole() };
  };
}

function nothingThere(topic: AccountTopic, id: 'none' | 'versioned'): (fields: Fields) => Request {
  return (fields) => {
    if (id === 'none') return { kind: 'nothing-there', topic, id: 0, account: '' };
    fields.skip(1);
    return { kind: 'nothing-there', topic, id: fields.whole(), account: '' };
  };
}
