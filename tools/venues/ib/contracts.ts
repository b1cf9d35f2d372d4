import type { Listing } from '../tape/listing.ts';
import type { ContractQuery } from './requests.ts';

/** What a client may ask for: one listing as the venue describes it. */
export interface Contract {
  readonly listing: Listing;
  readonly conId: number;
  readonly symbol: string;
  readonly secType: 'STK' | 'CRYPTO';
  /** Where orders and requests go by default. */
  readonly exchange: string;
  readonly primaryExchange: string;
  readonly validExchanges: readonly string[];
  readonly currency: string;
  /** IANA name, or one of the old ones that the venue uses. */
  readonly timeZone: string;
  readonly longName: string;
  readonly ruleId: number;
}

/** Bands of a market rule: from `lowEdge` on prices go in steps of `increment`. */
export interface MarketRule {
  readonly id: number;
  readonly bands: readonly { readonly lowEdge: string; readonly increment: string }[];
}

const SHARE_EXCHANGES = ['NASDAQ', 'ARCA', 'BATS', 'IEX', 'EDGX'];
/** Contract ids of well-known contracts; the others get one made of their symbol. */
const KNOWN_IDS: Readonly<Record<string, number>> = {
  'STK/AAPL': 265598,
  'STK/MSFT': 272093,
  'CRYPTO/BTC': 479624278,
  'CRYPTO/ETH': 495759171,
};
/** The rule of prices in cents, as the venue numbers it. */
const CENT_RULE = 26;
const OWN_RULES_FROM = 1_000;

/** The contracts of a gateway, found as clients describe them. */
export class ContractBook {
  readonly contracts: readonly Contract[];
  readonly #rules = new Map<number, MarketRule>();

  constructor(listings: readonly Listing[]) {
    this.contracts = listings.map((listing) => contractOf(listing, this.#ruleFor(listing.priceTick)));
  }

  /** By id where one is given, else by everything that is not empty; `undefined` when none fits. */
  find(query: ContractQuery): Contract | undefined {
    if (query.symbol === '' && query.conId === 0 && query.localSymbol === '') return undefined;
    return this.contracts.find((one) => fits(one, query));
  }

  matching(pattern: string): readonly Contract[] {
    const wanted = pattern.toUpperCase();
    return this.contracts.filter((one) => one.symbol.startsWith(wanted));
  }

  rule(id: number): MarketRule | undefined {
    return this.#rules.get(id);
  }

  #ruleFor(priceTick: string): number {
    for (const rule of this.#rules.values()) if (rule.bands[0]?.increment === priceTick) return rule.id;
    const id = Number(priceTick) === 0.01 ? CENT_RULE : OWN_RULES_FROM + this.#rules.size;
    this.#rules.set(id, { id, bands: [{ lowEdge: '0.0', increment: priceTick }] });
    return id;
  }
}

function fits(one: Contract, query: ContractQuery): boolean {
  const exchanges: readonly string[] = [one.exchange, ...one.validExchanges];
  if (query.conId !== 0) return one.conId === query.conId;
  return (
    (query.symbol === '' || query.symbol === one.symbol) &&
    (query.localSymbol === '' || query.localSymbol === localSymbol(one)) &&
    (query.secType === '' || query.secType === one.secType) &&
    (query.currency === '' || query.currency === one.currency) &&
    (query.primaryExchange === '' || query.primaryExchange === one.primaryExchange) &&
    (query.exchange === '' || exchanges.includes(query.exchange))
  );
}

/** A pair is crypto (`BTC-USD`), anything else a share (`AAPL.US`); a symbol may name the exchange: `AAPL.NASDAQ`. */
function contractOf(listing: Listing, ruleId: number): Contract {
  const [symbol = '', market] = listing.symbol.split('.');
  const [, quote] = listing.instrument.split('-');
  if (quote !== undefined) {
    return {
      listing,
      conId: idOf('CRYPTO', symbol),
      symbol,
      secType: 'CRYPTO',
      exchange: 'PAXOS',
      primaryExchange: '',
      validExchanges: ['PAXOS'],
      currency: quote,
      timeZone: 'US/Eastern',
      longName: `${symbol} cryptocurrency`,
      ruleId,
    };
  }
  const primaryExchange = market ?? 'NASDAQ';
  return {
    listing,
    conId: idOf('STK', symbol),
    symbol,
    secType: 'STK',
    exchange: 'SMART',
    primaryExchange,
    validExchanges: [...new Set(['SMART', primaryExchange, ...SHARE_EXCHANGES])],
    currency: 'USD',
    timeZone: 'US/Eastern',
    longName: `${symbol} INC`,
    ruleId,
  };
}

export function localSymbol({ secType, symbol, currency }: Contract): string {
  return secType === 'CRYPTO' ? `${symbol}.${currency}` : symbol;
}

function idOf(secType: string, symbol: string): number {
  let hash = 0;
  for (const character of symbol) hash = (hash * 31 + character.charCodeAt(0)) % 100_000_000;
  return KNOWN_IDS[`${secType}/${symbol}`] ?? 600_000_000 + hash;
}

/** Where a fill happened, and what the tape says of it: a pure function of its id, so that live data and history agree. */
export interface Print {
  readonly exchange: string;
  readonly conditions: string;
  /** Reported late or at an average price: on `AllLast` and in history, not on `Last`. */
  readonly isUnreported: boolean;
}

const REPORTED_ONLY_TO_ALL = 23;
const ODD_LOT_EVERY = 3;

export function printOf({ secType, exchange, primaryExchange }: Contract, fillId: number): Print {
  if (secType === 'CRYPTO') return { exchange, conditions: '', isUnreported: false };
  if (fillId % REPORTED_ONLY_TO_ALL === 0) return { exchange: 'FINRA', conditions: ' W', isUnreported: true };
  const venues = [primaryExchange, ...SHARE_EXCHANGES];
  return {
    exchange: venues[fillId % venues.length] ?? primaryExchange,
    conditions: fillId % ODD_LOT_EVERY === 0 ? '   I' : '',
    isUnreported: false,
  };
}
