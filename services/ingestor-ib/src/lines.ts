import type { Listing, StreamState } from '@concord/sources';
import { INTERVALS, type Micros } from '@concord/model';
import { barSeriesOf, contractOf, type ContractName } from './contract.ts';
import type { BarInterval, IbOptions } from './config.ts';
import type { Line } from './parse.ts';
import type { TwsRequest } from './requests.ts';

/** Where a line stands: to be asked for at `dueAtMs`; asked for and not answered; served; refused for this session. */
export type Phase = 'due' | 'asked' | 'served' | 'refused';

/** One request of a session and the streams it feeds. */
export class SessionLine implements Line {
  readonly feed: Line['feed'];
  readonly listing: Listing;
  readonly interval: BarInterval;
  readonly contract: ContractName;
  readonly states: StreamState[];
  /** The number of the request that it bears now. */
  request: number | null = null;
  phase: Phase = 'due';
  dueAtMs = 0;
  askedAtMs = 0;
  /** How often it was asked for without an answer. */
  tries = 0;
  /** It was served, or would be, and the venue behind TWS is cut off from it. */
  isInterrupted = false;
  /** Data came while a farm of its kind was cut off: another one serves it. */
  isApart = false;
  /** It was told to be mute, and nothing has come since. */
  isMute = false;
  /** False until it was answered, refused or put off for the first time. */
  isSettled = false;
  /** Set on a trial: the line of samples whose streams it takes over when data come of it. */
  samples: SessionLine | undefined;
  /** Of samples: when tick-by-tick data are tried for instead, and how often that was in vain. */
  trialDueAtMs = 0;
  trials = 0;

  constructor(
    feed: Line['feed'],
    listing: Listing,
    contract: ContractName,
    states: StreamState[],
    interval: BarInterval,
  ) {
    this.feed = feed;
    this.listing = listing;
    this.contract = contract;
    this.states = states;
    this.interval = interval;
  }

  get wants(): Line['wants'] {
    const has = (kind: string): boolean => this.states.some(({ stream }) => stream.kind === kind);
    return { quotes: has('quotes'), trades: has('trades') };
  }

  /** TWS confirms the others, even when nothing comes of them; these are silent until something happens. */
  get isTickByTick(): boolean {
    return this.feed === 'prints' || this.feed === 'quotes';
  }

  /** A line of tick-by-tick data that is to take over from this one of samples; undefined where it has none to take over. */
  trial({ tickByTickQuotes }: IbOptions): SessionLine | undefined {
    const { trades, quotes } = this.wants;
    if (this.feed !== 'sampled' || !(trades || (quotes && tickByTickQuotes))) return undefined;
    const trial = new SessionLine(
      trades ? 'prints' : 'quotes',
      this.listing,
      this.contract,
      [],
      this.interval,
    );
    trial.samples = this;
    trial.isSettled = true;
    return trial;
  }

  /** Of a trial: the streams go over to it. */
  takeOver(): void {
    const { states = [] } = this.samples ?? {};
    const kind = this.feed === 'prints' ? 'trades' : 'quotes';
    const { mine = [], others = [] } = Object.groupBy(states, ({ stream }) =>
      stream.kind === kind ? 'mine' : 'others',
    );
    states.splice(0, states.length, ...others);
    this.states.push(...mine);
    this.samples = undefined;
  }

  ask(id: number, options: IbOptions): TwsRequest {
    const { contract, interval } = this;
    if (this.feed === 'sampled') return { type: 'market-data', id, contract };
    if (this.feed === 'prints') return { type: 'tick-by-tick', id, contract, of: 'AllLast' };
    if (this.feed === 'quotes') return { type: 'tick-by-tick', id, contract, of: 'BidAsk' };
    return {
      type: 'bars',
      id,
      contract,
      series: barSeriesOf(contract),
      interval,
      duration: PAST_BARS[interval].duration,
      end: null,
      regularHoursOnly: options.regularHoursOnly,
    };
  }

  cancel(): TwsRequest | undefined {
    if (this.request === null) return undefined;
    const what = this.feed === 'bars' ? 'bars' : this.feed === 'sampled' ? 'market-data' : 'tick-by-tick';
    return { type: 'cancel', id: this.request, what };
  }
}

/** How far back a subscription to bars begins. What was missed in a longer time is fetched. */
const PAST_BARS: Readonly<Record<BarInterval, { readonly duration: string; readonly length: Micros }>> = {
  '1m': { duration: '3600 S', length: INTERVALS['1h'] },
  '5m': { duration: '14400 S', length: INTERVALS['4h'] },
  '15m': { duration: '28800 S', length: 2 * INTERVALS['4h'] },
  '1h': { duration: '1 D', length: INTERVALS['1d'] },
  '1d': { duration: '5 D', length: 5 * INTERVALS['1d'] },
};

/** Whether a bar lies so far back that a subscription made now does not begin with it. */
export function isBeforeSubscription(end: Micros, interval: BarInterval, now: Micros): boolean {
  return end < now - PAST_BARS[interval].length;
}

/**
 * The lines for one instrument's streams. Prints come tick by tick where a line for that is free (`takeTickByTick`), else as samples on the line of the quotes.
 * A symbol that names no contract gets none.
 */
export function linesFor(
  states: readonly StreamState[],
  options: IbOptions,
  takeTickByTick: () => boolean,
): SessionLine[] {
  const [first] = states;
  if (first === undefined) return [];
  const { listing } = first.stream;
  const contract = contractOf(listing);
  if (contract === undefined) {
    for (const state of states) state.rejection = `the symbol "${listing.symbol}" names no contract`;
    return [];
  }
  const of = (kind: string): StreamState[] => states.filter(({ stream }) => stream.kind === kind);
  const line = (feed: Line['feed'], fed: StreamState[]): SessionLine[] =>
    fed.length === 0 ? [] : [new SessionLine(feed, listing, contract, fed, options.barInterval)];
  const [trades, quotes, bars] = [of('trades'), of('quotes'), of('bars')];
  const hasPrints = trades.length > 0 && takeTickByTick();
  const hasEveryQuote = quotes.length > 0 && options.tickByTickQuotes && takeTickByTick();
  return [
    ...line('prints', hasPrints ? trades : []),
    ...line('quotes', hasEveryQuote ? quotes : []),
    ...line('sampled', [...(hasEveryQuote ? [] : quotes), ...(hasPrints ? [] : trades)]),
    ...line('bars', bars),
  ];
}
