import { KINDS } from '@concord/model';
import { z } from 'zod';
import { fusionSection } from './fusion.ts';
import { instrumentSchema } from './instrument.ts';
import { qualitySection } from './quality.ts';
import { refineReferences, type Report } from './references.ts';
import { refineSense } from './sense.ts';
import { instant, positiveMs, sourceName } from './scalars.ts';

const webSocketUrl = z.url({ protocol: /^wss?$/, error: 'expected a ws:// or wss:// address' });
const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' });
const hostName = z.union([z.ipv6(), z.string().regex(/^[A-Za-z0-9._-]+$/)], {
  error:
    'expected the name of a host or its IP address alone, such as "localhost" or "::1"; its port stands under port',
});

/** An address behind which a venue's own paths and queries are put. */
const isBase = (text: string): boolean => !/[?#]/.test(text);

/** One address, or several in order of preference: a later one is used while those before it fail. */
function addresses(kind: z.ZodURL): z.ZodType<string | string[]> {
  const url = kind.refine(isBase, 'expected an address without ? and #: paths and queries are put behind it');
  const list = z.array(url).min(1, 'expected at least one address').max(8, 'expected at most 8 addresses');
  return z.union([url, list], { error: 'expected addresses, or one address, of the right kind' });
}

/** The fastest clock: at this pace a year passes in half a minute. */
export const SPEED_MAX = 1_000_000;

/** Where a venue is reached and how its streams behave. Either `wsUrl` and `restUrl`, or `host` and `port`. */
const venueSchema = z.strictObject({
  wsUrl: addresses(webSocketUrl).optional(),
  restUrl: addresses(httpUrl).optional(),
  host: hostName.optional(),
  port: z.int().min(1).max(65_535).optional(),
  kinds: z
    .array(z.enum(KINDS))
    .min(1)
    .default([...KINDS]),
  /** Whether its quote stream reports every change, so that a quote does not age while the stream is alive. */
  quotesEveryChange: z.boolean().default(false),
  /** Sockets that carry the same streams side by side, so that the loss of one costs nothing. */
  sockets: z.int().min(1).max(4).default(1),
  /** Choices that only this venue knows, e.g. which of two trade streams; checked by the venue's own ingestor. */
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
export type VenueConfig = z.output<typeof venueSchema>;

const address = z
  .string()
  .regex(/^[^\s:/]+:\d{1,5}$/, 'expected host:port')
  .refine(
    (text) => !(Number(text.split(':')[1]) > 65_535),
    'expected host:port, with a port of at most 65535',
  );

/** The whole of a configuration. Unknown keys are refused. */
export const configSchema = z
  .strictObject({
    topicPrefix: z
      .string()
      .max(100, 'expected at most 100 characters: Kafka takes no longer names of topics')
      .regex(/^([A-Za-z0-9_-]+\.)?$/, 'expected nothing or a name that ends in a full stop, e.g. "research."')
      .default(''),
    partitions: z.int().min(1).max(64).default(2),
    clock: z
      .strictObject({
        /** The instant at which the run's clock starts; the present when null. */
        startAt: instant.nullable().default(null),
        /** How many of its seconds pass in a real second; `max`: it is moved by the recording that is played, as fast as that is read. */
        speed: z
          .union([z.number().positive().max(SPEED_MAX), z.literal('max')], {
            error: `expected a number above 0, at most ${SPEED_MAX}, or max`,
          })
          .default(1),
        /** The real instant at which `startAt` held, so that all processes of a run share one clock. */
        anchor: instant.nullable().default(null),
      })
      .prefault({}),
    kafka: z
      .strictObject({ brokers: z.array(address).default([]), replication: z.int().min(1).max(7).default(1) })
      .prefault({}),
    registry: z
      .strictObject({
        url: httpUrl.optional(),
        /** Folder in which services keep schema ids, so that they start while the registry is away; none are kept when absent. */
        cacheDir: z.string().trim().min(1, 'expected the path of a folder').optional(),
      })
      .prefault({}),
    redis: z
      .strictObject({
        url: z.url({ protocol: /^rediss?$/, error: 'expected a redis:// address' }).optional(),
      })
      .prefault({}),
    log: z
      .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info') })
      .prefault({}),
    tasks: z
      .strictObject({
        snapshotMs: positiveMs.default(10_000),
        checkpointMs: positiveMs.default(900_000),
      })
      .prefault({}),
    ingestors: z
      .strictObject({
        /** Into how many parts each ingestor's instruments are divided for its replicas, which are at most as many; fixed once topics exist. */
        slots: z.int().min(1).max(1_000).optional(),
        /** Streams go on from no checkpoint before this: simulated venues are others after each start. */
        resumeSince: instant.nullable().default(null),
      })
      .prefault({}),
    venues: z.record(sourceName, venueSchema).default({}),
    quality: qualitySection.prefault({}),
    fusion: fusionSection.prefault({}),
    instruments: z.array(instrumentSchema).min(1, 'expected at least one instrument'),
  })
  .superRefine((config, context) => {
    const report: Report = (path, message) => context.addIssue({ code: 'custom', path: [...path], message });
    refineVenues(config.venues, report);
    refineReferences(config, config.venues, report);
    config.instruments.forEach(({ partition }, index) => {
      if (partition < config.partitions || config.partitions < 1) return;
      const expected = `expected 0 to ${config.partitions - 1}, since partitions is ${config.partitions}`;
      report(['instruments', index, 'partition'], expected);
    });
  });

/** A configuration as a person writes it, `concord.yaml`: what would fail or stand still later is refused as well. */
export const fileSchema = configSchema.superRefine((config, context) => {
  // An instrument of which a part was refused is not complete.
  if (context.issues.length > 0) return;
  refineSense(config, (path, message) => context.addIssue({ code: 'custom', path: [...path], message }));
});

function refineVenues(venues: Record<string, VenueConfig>, report: Report): void {
  for (const [name, { host, port }] of Object.entries(venues)) {
    if ((host === undefined) !== (port === undefined))
      report(['venues', name], 'expected host and port together, or neither');
  }
}

export type ConcordConfig = z.output<typeof configSchema>;
