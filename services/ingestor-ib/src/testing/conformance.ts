import {
  NOTHING,
  type FrameParser,
  type Listing,
  type ParsedFrame,
  type ParserContext,
} from '@concord/sources';
import { silentLogger, testContext } from '@concord/testkit';
import {
  damage,
  DROPPED,
  FIELD_DAMAGES,
  intruder,
  LARGE_BYTES,
  type OpenSource,
  type Protocol,
  type Stage,
} from '@concord/testkit/conformance';
import type { Micros } from '@concord/model';
import { TwsParser, type Line } from '../parse.ts';
import { IBDataSource } from '../venue.ts';
import { FakeGateways } from './fake-gateway.ts';
import { fieldsOf } from './tws.ts';

/** Of the first come prints and quotes tick by tick, of the second samples. */
export const SYMBOLS = ['AAPL', 'IBM'] as const;

/** Requests in the order in which a session asks for them, so that written messages can name them. */
export const REQUESTS = { prints: 1, bars: 2, samples: 3, barsOfSecond: 4, quotes: 5 } as const;
const UNASKED = 987_654;
const ASKED = ['tick-by-tick', 'bars', 'market-data', 'bars', 'tick-by-tick'];
/** The second tick-by-tick request for one instrument waits so long. */
const PACED_MS = 18_000;
const OPTIONS = { tickByTickLines: 2, tickByTickQuotes: true };

function line(feed: Line['feed'], listing: Listing): Line {
  return { feed, listing, wants: { quotes: true, trades: true }, interval: '1m' };
}

/** Reads messages one by one; each is settled before the next. */
class MessageParser implements FrameParser {
  readonly #parser: TwsParser;

  constructor(context: ParserContext) {
    const [first, second] = [...context.listings.values()];
    if (first === undefined || second === undefined) throw new RangeError('two instruments are followed');
    const lines = new Map([
      [REQUESTS.prints, line('prints', first)],
      [REQUESTS.bars, line('bars', first)],
      [REQUESTS.samples, line('sampled', second)],
      [REQUESTS.barsOfSecond, line('bars', second)],
      [REQUESTS.quotes, line('quotes', first)],
    ]);
    this.#parser = new TwsParser({ ...context, lines, wasAsked: (request) => request <= lines.size });
  }

  parse(text: string, receiveTime: Micros): ParsedFrame {
    const message = this.#parser.parse(fieldsOf(text), receiveTime);
    const frame = message.type === 'data' ? message.frame : NOTHING;
    const { trades, quotes } = this.#parser.settle(receiveTime + 1);
    return { ...frame, trades: [...frame.trades, ...trades], quotes: [...frame.quotes, ...quotes] };
  }
}

function openSource({ listings, clock, machineClock }: Stage): OpenSource {
  const gateways = new FakeGateways(clock);
  const source = new IBDataSource({
    venue: { kinds: [], quotesEveryChange: true, sockets: 1, options: OPTIONS },
    listings,
    clock,
    machineClock,
    logger: silentLogger(),
    replica: 'r1',
    openGateway: gateways.open,
  });
  const accept = (): ((data: string | Buffer) => void) => {
    if (gateways.all.length !== 1) throw new Error(`${gateways.all.length} connections opened, expected one`);
    const gateway = gateways.newest;
    gateway.ready();
    gateway.say(`81|${REQUESTS.samples}|0.01|9c0001|3`);
    gateway.say(`17|${REQUESTS.bars}|||0`, `17|${REQUESTS.barsOfSecond}|||0`);
    machineClock.advance(PACED_MS);
    const asked = gateway.requests.flatMap(({ type }) => (type === 'current-time' ? [] : [type]));
    if (asked.join() !== ASKED.join()) throw new Error(`${asked.join()} were asked for`);
    return (data) => gateway.say(String(data));
  };
  return { source, accept };
}

/** Messages of the TWS protocol, whole ones: their bytes are another matter. A message is written with `|` for the end of a field. */
export const TWS: Protocol = {
  createParser: (symbols) => new MessageParser(testContext('ib', symbols)),
  openSource,
  intruders: [
    intruder('garbage', '<html>502 Bad Gateway</html>', () => 'unknown-frame'),
    intruder('an empty message', '', () => 'unknown-frame'),
    intruder('bytes that are no text', Buffer.from([0xff, 0xfe, 0x93, 0xc3, 0x28]), () => 'unknown-frame'),
    intruder('a message of 5 MB', 'x'.repeat(LARGE_BYTES), () => 'unknown-frame'),
    intruder('the text pong', 'pong', () => 'unknown-frame'),
    intruder('an unknown message type', '911|1|271.01|100', () => 'unknown-frame'),
    intruder('an answer to no request', `1|6|${UNASKED}|1|271.01|100|0`, () => 'unknown-symbol'),
    intruder(
      'a field of 5 MB that nobody keeps',
      `46|6|${REQUESTS.samples}|48|${'x'.repeat(LARGE_BYTES)}`,
      () => null,
    ),
    intruder('a realtimeBar', `50|3|${REQUESTS.bars}|1767625200|1|2|0.5|1.5|100|1.2|7`, () => null),
  ],
  damages: [
    damage(
      'half of its fields',
      (text) =>
        text
          .split('|')
          .slice(0, Math.ceil(text.split('|').length / 2))
          .join('|'),
      ({ type: { name } }) => (/^(tickByTick|historicalDataUpdate)/.test(name) ? 'bad-number' : 'bad-field'),
    ),
    damage(
      'an unknown request',
      (text) => text.replace(/^((?:1|2|46)\|6|99|90)\|\d+/, `$1|${UNASKED}`),
      () => 'unknown-symbol',
    ),
    damage(
      'a request that is no number',
      (text) => text.replace(/^((?:1|2|46)\|6|99|90)\|\d+/, '$1|one'),
      () => 'bad-field',
    ),
    ...FIELD_DAMAGES,
    damage(
      'an unknown message type',
      (text) => text.replace(/^\d+/, '911'),
      () => 'unknown-frame',
    ),
    DROPPED,
  ],
};
