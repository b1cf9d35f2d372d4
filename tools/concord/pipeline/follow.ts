import { createCodec, type ConsensusQuote, type ConsensusTrade } from '@concord/codec';
import { readCommitted } from '@concord/kafka';
import { SystemClock, type ConcordConfig, type Logger } from '@concord/runtime';
import { requireAddresses } from '../control/addresses.ts';

export interface ConsensusListener {
  quote(record: ConsensusQuote): void;
  trade(record: ConsensusTrade): void;
}

/** Hands every consensus quote and trade committed from now on to the listener, until the signal aborts. */
export async function followConsensus(
  config: ConcordConfig,
  logger: Logger,
  signal: AbortSignal,
  listener: ConsensusListener,
): Promise<void> {
  const { brokers, registryUrl } = requireAddresses(config);
  const prefix = config.topicPrefix;
  const codec = await createCodec({ registry: registryUrl, prefix, clock: new SystemClock() });
  await using reader = await readCommitted({
    kafka: { brokers, clientId: 'concord-screen' },
    topics: ['consensus.quotes', 'consensus.trades'],
    prefix,
    logger,
    from: 'end',
  });
  // An abort that came while it was opened is told to nobody any more.
  if (signal.aborted) return;
  signal.addEventListener('abort', () => void reader[Symbol.asyncDispose](), { once: true });
  for await (const { topic, value } of reader) {
    if (topic === 'consensus.quotes') {
      const decoded = codec.decode('consensus.quotes', value);
      if (decoded.ok) listener.quote(decoded.value);
    } else {
      const decoded = codec.decode('consensus.trades', value);
      if (decoded.ok) listener.trade(decoded.value);
    }
  }
}
