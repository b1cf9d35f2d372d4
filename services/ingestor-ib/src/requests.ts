import {
  BarSizeSetting,
  SecType,
  TickByTickDataType,
  type Contract,
  type IBApi,
  type WhatToShow,
} from '@stoqey/ib';
import type { Interval } from '@concord/model';
import type { ContractName } from './contract.ts';

/** What is asked of TWS, as data. `id` numbers the request; what it brings bears the number. */
export type TwsRequest =
  | { readonly type: 'current-time' }
  /** Whether lines asked for from now on may bring delayed data where live ones are not subscribed. */
  | { readonly type: 'market-data-type'; readonly delayed: boolean }
  | { readonly type: 'market-data'; readonly id: number; readonly contract: ContractName }
  | {
      readonly type: 'tick-by-tick';
      readonly id: number;
      readonly contract: ContractName;
      readonly of: 'AllLast' | 'BidAsk';
    }
  | ({ readonly type: 'bars'; readonly id: number; readonly contract: ContractName } & BarsRequest)
  | {
      readonly type: 'past-trades';
      readonly id: number;
      readonly contract: ContractName;
      /** UTC, `20260105-14:30:00`. */
      readonly start: string;
      readonly count: number;
      readonly regularHoursOnly: boolean;
    }
  | {
      readonly type: 'cancel';
      readonly id: number;
      readonly what: 'market-data' | 'tick-by-tick' | 'bars';
    };

export interface BarsRequest {
  readonly series: 'TRADES' | 'AGGTRADES' | 'MIDPOINT';
  readonly interval: Interval;
  /** `1800 S`, `7 D`, `1 Y` back from `end`. */
  readonly duration: string;
  /** UTC; null for bars that go on being told as they change. */
  readonly end: string | null;
  readonly regularHoursOnly: boolean;
}

/** Lengths of bars in the venue's words. Those of four hours start with the session and would fit no window of the day. */
export const BAR_SIZES: Readonly<Partial<Record<Interval, BarSizeSetting>>> = {
  '1s': BarSizeSetting.SECONDS_ONE,
  '1m': BarSizeSetting.MINUTES_ONE,
  '5m': BarSizeSetting.MINUTES_FIVE,
  '15m': BarSizeSetting.MINUTES_FIFTEEN,
  '1h': BarSizeSetting.HOURS_ONE,
  '1d': BarSizeSetting.DAYS_ONE,
};

const DELAYED = 3;
const LIVE = 1;
/** Times of bars as seconds since 1970. */
const FORMAT_SECONDS = 2;

/** Says it in the library's words. */
export function send(api: IBApi, request: TwsRequest): void {
  switch (request.type) {
    case 'current-time':
      api.reqCurrentTime();
      return;
    case 'market-data-type':
      api.reqMarketDataType(request.delayed ? DELAYED : LIVE);
      return;
    case 'market-data':
      api.reqMktData(request.id, contractFor(request.contract), '', false, false);
      return;
    case 'tick-by-tick':
      api.reqTickByTickData(
        request.id,
        contractFor(request.contract),
        TickByTickDataType[request.of],
        0,
        false,
      );
      return;
    case 'bars':
      sendBars(api, request);
      return;
    case 'past-trades': {
      const { id, contract, start, count, regularHoursOnly } = request;
      api.reqHistoricalTicks(id, contractFor(contract), start, '', count, 'TRADES', regularHoursOnly, false);
      return;
    }
    case 'cancel':
      cancel(api, request);
  }
}

function sendBars(api: IBApi, request: Extract<TwsRequest, { type: 'bars' }>): void {
  const { id, contract, series, interval, duration, end, regularHoursOnly } = request;
  const size = BAR_SIZES[interval];
  if (size === undefined) throw new RangeError(`no bars of ${interval}`);
  const show: WhatToShow = series;
  const [rth, live] = [regularHoursOnly ? 1 : 0, end === null];
  api.reqHistoricalData(
    id,
    contractFor(contract),
    end ?? '',
    duration,
    size,
    show,
    rth,
    FORMAT_SECONDS,
    live,
  );
}

function cancel(api: IBApi, { id, what }: Extract<TwsRequest, { type: 'cancel' }>): void {
  if (what === 'market-data') api.cancelMktData(id);
  else if (what === 'tick-by-tick') api.cancelTickByTickData(id);
  else api.cancelHistoricalData(id);
}

function contractFor({ secType, ...rest }: ContractName): Contract {
  return { ...rest, ...(secType === undefined ? {} : { secType: SecType[secType] }) };
}
