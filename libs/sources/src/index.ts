export * from './backoff.ts';
export * from './bar-windows.ts';
export {
  MESSAGE_BYTES_MAX,
  retryAfterMs,
  webSockets,
  type OpenSocket,
  type Socket,
  type SocketHandlers,
} from './connection.ts';
export * from './errors.ts';
export * from './event-queue.ts';
export * from './events.ts';
export * from './exact-json.ts';
export * from './frame.ts';
export * from './gaps.ts';
export * from './history.ts';
export * from './listing.ts';
export * from './pacer.ts';
export * from './records.ts';
export * from './source.ts';
export * from './staleness.ts';
export * from './stream-state.ts';
export * from './top-of-book.ts';
export * from './venue.ts';
export * from './web-socket-source.ts';
export * from './ingestor.ts';
export { IngestorMetrics } from './ingestor-metrics.ts';
export * from './raw-sink.ts';
export * from './rest.ts';
export * from './venue-config.ts';
export { newSessionId } from './session-id.ts';
export { runIngestor } from './ingestor-service.ts';
