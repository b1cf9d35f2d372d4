import { readCommitted } from '@concord/kafka';
import { toJson } from '@concord/codec';
import { connectPipeline, type ConnectedPipeline } from '../pipeline/connection.ts';
import { observeServices, serviceRows, totalLag } from '../pipeline/observe.ts';

/** `concord status`: what runs, where it listens, how far it is behind and what each source covers. */
export async function showStatus({ json }: { json?: boolean }): Promise<void> {
  const pipeline = await connectPipeline('status');
  const { run, config } = pipeline;
  const observations = await observeServices(run?.services ?? []);
  const sources = await sourceStates(pipeline);
  if (json === true) {
    const services = observations.map(({ entry, ready, status }) => ({
      ...entry,
      ready,
      status: status ?? null,
    }));
    const addresses = {
      kafka: config.kafka.brokers,
      redis: config.redis.url ?? null,
      registry: config.registry.url ?? null,
      gateway: run?.gateway ?? null,
    };
    const state = {
      ...addresses,
      topicPrefix: config.topicPrefix,
      venues: run?.venues ?? {},
      lag: totalLag(observations),
      services,
      sources,
    };
    process.stdout.write(`${JSON.stringify(state)}\n`);
    return;
  }
  for (const { name, state, detail } of serviceRows(observations))
    process.stdout.write(`${name.padEnd(20)} ${state.padEnd(8)} ${detail}\n`);
  if (sources.length > 0)
    process.stdout.write(
      '\nsource      instrument    kind    state       received  verified  unverifiable  suspect  missing\n',
    );
  for (const row of sources) {
    const text = (name: string, width: number): string => String(row[name] ?? '–').padEnd(width);
    const count = (name: string, width: number): string => String(row[name] ?? 0).padStart(width);
    process.stdout.write(
      `${text('source', 11)} ${text('instrument', 13)} ${text('kind', 7)} ${text('state', 10)} ${count('received', 9)} ${count('verified', 9)} ${count('unverifiable', 13)} ${count('suspect', 8)} ${count('missingIds', 8)}\n`,
    );
  }
}

type StateRow = Readonly<Record<string, string | number | null>>;

/** Newest state of each source, instrument and kind, as JSON. */
async function sourceStates({ kafka, prefix, logger, codec }: ConnectedPipeline): Promise<StateRow[]> {
  await using reader = await readCommitted({
    kafka,
    topics: ['sources'],
    prefix,
    logger,
    from: 'beginning',
    until: 'end',
  });
  const states = new Map<string, StateRow>();
  for await (const { key, value } of reader) {
    const id = key?.toString() ?? '';
    const decoded = codec.decode('sources', value);
    if (value === null) states.delete(id);
    else if (decoded.ok) states.set(id, toJson('sources', decoded.value) as StateRow);
  }
  return [...states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state);
}
