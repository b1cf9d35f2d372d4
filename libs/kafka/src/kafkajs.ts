import './wire/install.ts';

/** kafkajs with the quicker parts of `wire/`: its values are imported from here, never from itself. */
export { AssignerProtocol, Kafka, logLevel } from 'kafkajs';
