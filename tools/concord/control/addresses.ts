import { ConcordError } from '@concord/model';
import type { ConcordConfig } from '@concord/runtime';

/** Addresses that a command needs and nobody gave. */
export class AddressMissingError extends ConcordError {
  constructor(what: string, variable: string) {
    super(
      'address-missing',
      'fatal',
      `No address of ${what} is known. Start everything with \`npm start\`, or set ${variable}.`,
    );
  }
}

/** Broker and registry addresses of a configuration, or an error that says how to give them. */
export function requireAddresses(config: ConcordConfig): { brokers: readonly string[]; registryUrl: string } {
  if (config.kafka.brokers.length === 0) throw new AddressMissingError('Kafka', 'KAFKA_BROKERS');
  if (config.registry.url === undefined)
    throw new AddressMissingError('the schema registry', 'SCHEMA_REGISTRY_URL');
  return { brokers: config.kafka.brokers, registryUrl: config.registry.url };
}
