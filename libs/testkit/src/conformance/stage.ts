import type { AbstractDataSource, Listing } from '@concord/sources';
import type { Clock } from '@concord/runtime';
import { FakeSockets } from '../fake-socket.ts';
import type { ManualClock } from '../manual-clock.ts';
import { testContext } from '../parsing.ts';
import { NO_HISTORY, silentLogger, TestDataSource } from '../test-source.ts';
import { DAMAGES, INTRUDERS } from './faults.ts';
import type { Protocol, SourceConformance, VenueConformance } from './venue-conformance.ts';

/** What a source is made with. */
export interface Stage {
  /** By instrument. */
  readonly listings: ReadonlyMap<string, Listing>;
  /** Stands at the receipt of the frame that is played. */
  readonly clock: Clock;
  readonly machineClock: ManualClock;
}

export interface OpenSource {
  readonly source: AbstractDataSource;
  /** Accepts the one connection that a subscription has opened; throws when there is another number of them. Frames are delivered by what it gives. */
  accept(): (data: string | Buffer) => void;
}

/** JSON text over WebSocket. */
function webSockets({ source: name, createVenue }: VenueConformance): Protocol {
  return {
    createParser: (symbols) => createVenue().createParser(testContext(name, symbols)),
    openSource: (stage) => {
      const sockets = new FakeSockets();
      const options = { ...stage, logger: silentLogger(), replica: 'r1', openSocket: sockets.open };
      const accept = (): ((data: string | Buffer) => void) => {
        const { length } = sockets.connections;
        if (length !== 1) throw new Error(`${length} connections opened, expected one`);
        const connection = sockets.last.accept();
        return (data) => connection.deliver(data);
      };
      return { source: new TestDataSource(createVenue(), NO_HISTORY, options), accept };
    },
    intruders: INTRUDERS,
    damages: DAMAGES,
  };
}

/** Made once for each venue, so that a recording is read once. */
const SOURCES = new WeakMap<VenueConformance, SourceConformance>();

export function sourceOf(venue: VenueConformance): SourceConformance {
  const known = SOURCES.get(venue);
  if (known !== undefined) return known;
  const answers = venue.answers.map(({ frame }) => frame);
  const made = { ...venue, answers, protocol: webSockets(venue) };
  SOURCES.set(venue, made);
  return made;
}
