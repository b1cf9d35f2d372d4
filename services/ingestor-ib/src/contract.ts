import type { Listing } from '@concord/sources';

/** Kinds of instrument that a symbol can name. */
export const SECURITY_TYPES = ['STK', 'CRYPTO', 'CASH', 'IND', 'CFD', 'CMDTY'] as const;
export type SecurityType = (typeof SECURITY_TYPES)[number];

/** What Interactive Brokers needs to know an instrument, in its own terms. */
export interface ContractName {
  readonly conId?: number;
  readonly symbol?: string;
  readonly secType?: SecurityType;
  readonly exchange: string;
  readonly primaryExch?: string;
  readonly currency?: string;
}

/** Where an instrument without a market of its own is routed. */
const EXCHANGES: Readonly<Partial<Record<SecurityType, string>>> = { CRYPTO: 'PAXOS', CASH: 'IDEALPRO' };
const SYMBOL = /^(?:([A-Z]+):)?([A-Z0-9][A-Z0-9 /-]*)(?:\.([A-Z]{2,}))?$/;
const CONTRACT_ID = /^conid:([1-9]\d{0,11})$/;

/**
 * Reads how `concord.yaml` names an instrument of Interactive Brokers:
 *
 *     AAPL              a share, routed by SMART where `market` says nothing else
 *     AAPL.NASDAQ       the same, its primary exchange named, since several shares may bear one symbol
 *     BRK B             classes stand behind a space, as the venue writes them
 *     CRYPTO:BTC        another type of instrument: CRYPTO, CASH, IND, CFD, CMDTY
 *     conid:265598      by the venue's own number
 *
 * The currency is the listing's. `undefined` for anything else.
 */
export function contractOf(
  listing: Pick<Listing, 'symbol' | 'market' | 'currency'>,
): ContractName | undefined {
  const id = CONTRACT_ID.exec(listing.symbol)?.[1];
  if (id !== undefined) return { conId: Number(id), exchange: listing.market ?? 'SMART' };
  const match = SYMBOL.exec(listing.symbol);
  if (match === null) return undefined;
  const [, type = 'STK', symbol = '', primaryExch] = match;
  const secType = SECURITY_TYPES.find((one) => one === type);
  if (secType === undefined) return undefined;
  return {
    symbol,
    secType,
    exchange: listing.market ?? EXCHANGES[secType] ?? 'SMART',
    ...(primaryExch === undefined ? {} : { primaryExch }),
    currency: listing.currency,
  };
}

/** The series that bars are made of: not every type of instrument has prints. */
export function barSeriesOf({ secType }: ContractName): 'TRADES' | 'AGGTRADES' | 'MIDPOINT' {
  if (secType === 'CRYPTO') return 'AGGTRADES';
  return secType === 'CASH' || secType === 'CFD' || secType === 'CMDTY' ? 'MIDPOINT' : 'TRADES';
}
