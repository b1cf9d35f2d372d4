import { BinanceFeed } from './binance/feed.ts';
import { CoinbaseFeed } from './coinbase/feed.ts';
import { ControlServer } from './control.ts';
import { checkFault, FaultPlan, type Fault } from './faults.ts';
import { KrakenFeed } from './kraken/feed.ts';
import { VENUE_NAMES, type Address, type VenueName, type Venues, type VenuesOptions } from './options.ts';
import type { FeedContext, SentValue, VenueFeed } from './server/feed.ts';
import { SyntheticSource } from './synthetic.ts';
import { TruthFile } from './truth.ts';
import { VenueServer } from './venue-server.ts';

interface VenueKind {
  readonly feed: (context: FeedContext) => VenueFeed;
  readonly wsPath: string;
  readonly strangeFrame: string;
}

const KINDS: Readonly<Record<VenueName, VenueKind>> = {
  binance: {
    feed: (context) => new BinanceFeed(context),
    wsPath: '',
    strangeFrame:
      '{"stream":"nonesuch@aggTrade","data":{"e":"aggTrade","E":1700000000000,"s":"NONESUCH","a":1,"p":"1.00000000","q":"1.00000000","f":1,"l":1,"T":1700000000000,"m":false,"M":true}}',
  },
  coinbase: {
    feed: (context) => new CoinbaseFeed(context),
    wsPath: '',
    strangeFrame:
      '{"channel":"market_trades","timestamp":"2023-11-14T22:13:20.1Z","sequence_num":0,"events":[{"type":"update","trades":[{"product_id":"NONE-SUCH","trade_id":"1","price":"1","size":"1","time":"2023-11-14T22:13:20Z","side":"BUY"}]}]}',
  },
  kraken: {
    feed: (context) => new KrakenFeed(context),
    wsPath: '/v2',
    strangeFrame:
      '{"channel":"trade","type":"update","data":[{"symbol":"NONE/SUCH","side":"buy","price":1.0,"qty":1.00000000,"ord_type":"market","trade_id":1,"timestamp":"2023-11-14T22:13:20.000000Z"}]}',
  },
};

/**
 * Starts the simulated venues on free loopback ports. Refuses (`RangeError`) instruments without a price, steps that are no
 * decimals, recordings it cannot read. Dispose to stop everything.
 */
export async function startVenues(options: VenuesOptions): Promise<Venues> {
  const names = (options.venues ?? VENUE_NAMES).filter((name) => VENUE_NAMES.includes(name));
  const truth =
    options.truthFile === undefined ? undefined : new TruthFile(options.truthFile, options.truthLimitBytes);
  const source = new SyntheticSource(options, names);
  const servers = new Map<VenueName, VenueServer>();
  let isWarm = false;
  for (const name of names) {
    const faults = new FaultPlan(options.clock);
    const context: FeedContext = {
      listings: source.listings.filter((one) => one.venue === name),
      now: () => source.nowMicros,
      clockOffset: () => source.clockOffset(name),
      subscribed: () => undefined,
      sent: (value: SentValue) => {
        if (!isWarm) return;
        servers.get(name)?.countSent(value);
        truth?.write(value, options.clock.nowMicros());
      },
    };
    const { feed, strangeFrame } = KINDS[name];
    const server = new VenueServer({ clock: options.clock, faults, feed: feed(context), strangeFrame });
    servers.set(name, server);
    source.connect(name, { feed: server.feed, skewMicros: () => faults.skewMicros() });
  }
  source.warmUp(options);
  isWarm = true;

  const addresses: Record<string, Address> = {};
  for (const [name, server] of servers) {
    const host = await server.listener.listen();
    addresses[name] = { wsUrl: `ws://${host}${KINDS[name].wsPath}`, restUrl: `http://${host}` };
  }
  const stats: Venues['stats'] = () => ({
    venues: Object.fromEntries([...servers].map(([name, server]) => [name, server.stats()])),
    truth: { lines: truth?.lines ?? 0, leftOut: truth?.leftOut ?? 0 },
  });
  const inject = (command: Fault): void => {
    const fault = checkFault(command, names);
    if (fault.kind === 'attack' && fault.attack !== undefined) source.attack(fault.attack);
    for (const [name, server] of servers)
      if (fault.venue === undefined || fault.venue === name) server.inject(fault);
  };
  const control = new ControlServer({ stats, fault: (command) => inject(command as Fault) });
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
    stats,
    inject,
    finished: new Promise(() => undefined),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  };
}
