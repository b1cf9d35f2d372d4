import { AddressMissingError } from '@concord/kafka';
import type { ConcordConfig } from '@concord/runtime';

/** Broker and registry addresses of a configuration, or an error that says how to give them. */
export function requireAddresses(config: ConcordConfig): { brokers: readonly string[]; registryUrl: string } {
  if (config.kafka.brokers.length === 0)
    throw new AddressMissingError('Kafka', 'kafka.brokers', 'KAFKA_BROKERS');
  if (config.registry.url === undefined) {
    throw new AddressMissingError('the schema registry', 'registry.url', 'SCHEMA_REGISTRY_URL');
  }
  return { brokers: config.kafka.brokers, registryUrl: config.registry.url };
}
