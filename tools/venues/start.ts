import { BinanceFeed } from './binance/feed.ts';
import { BINANCE_LIMITS } from './binance/limits.ts';
import { BybitFeed } from './bybit/feed.ts';
import { BYBIT_LIMITS } from './bybit/limits.ts';
import { CoinbaseFeed } from './coinbase/feed.ts';
import { COINBASE_LIMITS } from './coinbase/limits.ts';
import { ControlServer } from './control.ts';
import { checkFault } from './fault-check.ts';
import { FaultPlan } from './faults.ts';
import { IbGateway } from './ib/gateway.ts';
import { IB_LIMITS } from './ib/limits.ts';
import { KrakenFeed } from './kraken/feed.ts';
import { KRAKEN_LIMITS } from './kraken/limits.ts';
import { OkxFeed } from './okx/feed.ts';
import { OKX_LIMITS } from './okx/limits.ts';
import { VENUE_NAMES, type Address, type VenueName, type Venues, type VenuesOptions } from './options.ts';
import { RecordedSource } from './recorded.ts';
import type { FeedContext, RestAnswer, RestRequest, SentValue, VenueFeed } from './server/feed.ts';
import { checkChanges, Limits, type VenueLimits } from './server/limits.ts';
import type { SimulatedVenue } from './server/simulated-venue.ts';
import type { Source } from './source.ts';
import { SyntheticSource } from './synthetic.ts';
import { TruthFile } from './truth.ts';
import { VenueServer } from './venue-server.ts';

interface WebSocketKind {
  readonly feed: (context: FeedContext) => VenueFeed;
  readonly limits: VenueLimits;
  readonly wsPath: string;
  readonly strangeFrame: string;
}

const KINDS: Readonly<Record<Exclude<VenueName, 'ib'>, WebSocketKind>> = {
  binance: {
    feed: (context) => new BinanceFeed(context),
    limits: BINANCE_LIMITS,
    wsPath: '',
    strangeFrame:
      '{"stream":"nonesuch@aggTrade","data":{"e":"aggTrade","E":1700000000000,"s":"NONESUCH","a":1,"p":"1.00000000","q":"1.00000000","f":1,"l":1,"T":1700000000000,"m":false,"M":true}}',
  },
  coinbase: {
    feed: (context) => new CoinbaseFeed(context),
    limits: COINBASE_LIMITS,
    wsPath: '',
    strangeFrame:
      '{"channel":"market_trades","timestamp":"2023-11-14T22:13:20.1Z","sequence_num":0,"events":[{"type":"update","trades":[{"product_id":"NONE-SUCH","trade_id":"1","price":"1","size":"1","time":"2023-11-14T22:13:20Z","side":"BUY"}]}]}',
  },
  kraken: {
    feed: (context) => new KrakenFeed(context),
    limits: KRAKEN_LIMITS,
    wsPath: '/v2',
    strangeFrame:
      '{"channel":"trade","type":"update","data":[{"symbol":"NONE/SUCH","side":"buy","price":1.0,"qty":1.00000000,"ord_type":"market","trade_id":1,"timestamp":"2023-11-14T22:13:20.000000Z"}]}',
  },
  bybit: {
    feed: (context) => new BybitFeed(context),
    limits: BYBIT_LIMITS,
    wsPath: '',
    strangeFrame:
      '{"topic":"publicTrade.NONESUCH","ts":1700000000000,"type":"snapshot","data":[{"i":"1","T":1700000000000,"p":"1","v":"1","S":"Buy","seq":1,"s":"NONESUCH","BT":false,"RPI":false}]}',
  },
  okx: {
    feed: (context) => new OkxFeed(context),
    limits: OKX_LIMITS,
    wsPath: '/ws/v5',
    strangeFrame:
      '{"arg":{"channel":"trades","instId":"NONE-SUCH"},"data":[{"instId":"NONE-SUCH","tradeId":"1","px":"1","sz":"1","side":"buy","ts":"1700000000000","count":"1","source":"0","seqId":1}]}',
  },
};

/**
 * Starts the simulated venues on free loopback ports. Refuses (`RangeError`) instruments without a price, steps that are no
 * decimals, recordings it cannot read, changes of limits that no venue has. Dispose to stop everything.
 */
export async function startVenues(options: VenuesOptions): Promise<Venues> {
  const { clock, recordings = [] } = options;
  checkChanges(
    options.limits ?? {},
    Object.fromEntries(
      VENUE_NAMES.map((name) => [name, (name === 'ib' ? IB_LIMITS : KINDS[name].limits).rules]),
    ),
  );
  const truth =
    options.truthFile === undefined ? undefined : new TruthFile(options.truthFile, options.truthLimitBytes);
  const source: Source =
    recordings.length === 0 ? new SyntheticSource(options) : new RecordedSource(options, recordings);
  const servers = new Map<VenueName, SimulatedVenue>();
  let isOpen = false;
  const sent = (name: VenueName, value: SentValue): void => {
    if (!isOpen) return;
    servers.get(name)?.countSent(value);
    truth?.write(value, clock.nowMicros());
  };
  for (const name of source.venues) {
    const server = venueServer(name, source, options, (value) => sent(name, value));
    servers.set(name, server);
    source.connect(name, server);
  }
  source.warmUp();
  isOpen = true;

  const addresses: Record<string, Address> = {};
  for (const [name, server] of servers) addresses[name] = await server.listen();
  const stats: Venues['stats'] = () => ({
    venues: Object.fromEntries([...servers].map(([name, server]) => [name, server.stats()])),
    truth: { lines: truth?.lines ?? 0, leftOut: truth?.leftOut ?? 0 },
  });
  const inject = (command: unknown): void => {
    const fault = checkFault(command, source);
    if (fault.attack !== undefined) source.attack(fault.attack);
    for (const [name, server] of servers)
      if (fault.venue === undefined || fault.venue === name) server.inject(fault);
  };
  const control = new ControlServer({ stats, fault: inject });
  const controlUrl = await control.listen();
  const running = source.run();

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    running[Symbol.dispose]();
    await control[Symbol.asyncDispose]();
    for (const server of servers.values()) await server[Symbol.asyncDispose]();
    await truth?.[Symbol.asyncDispose]();
  };
  return {
    addresses,
    controlUrl,
    ...(source.startAtMs === undefined ? {} : { startAtMs: source.startAtMs }),
    stats,
    inject,
    finished: source.finished,
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  };
}

function venueServer(
  name: VenueName,
  source: Source,
  options: VenuesOptions,
  sent: (value: SentValue) => void,
): SimulatedVenue {
  const { clock, unsubscribed = [] } = options;
  const faults = new FaultPlan(clock);
  const rules = name === 'ib' ? IB_LIMITS : KINDS[name].limits;
  const limits = new Limits(name, rules.rules, options.limits ?? {}, clock);
  const context: FeedContext = {
    listings: source.listings.filter((one) => one.venue === name),
    isLive: source.isLive,
    now: () => source.now(),
    clockOffset: () => source.clockOffset(name),
    restHorizon: () => {
      const lag = faults.restLagMicros();
      return lag === 0 ? Number.POSITIVE_INFINITY : source.now() + source.clockOffset(name) - lag;
    },
    limits,
    subscribed: () => source.subscribed(name),
    sent,
  };
  if (name === 'ib') return new IbGateway({ clock, faults, context, unsubscribed });
  const { feed, ...kind } = KINDS[name];
  const recordedAnswer = (request: RestRequest): RestAnswer | undefined =>
    source.recordedAnswer?.(name, request);
  return new VenueServer({ ...kind, clock, faults, limits, rules, feed: feed(context), recordedAnswer });
}
