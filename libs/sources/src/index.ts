export * from './session/backoff.ts';
export * from './frame/bar-windows.ts';
export {
  MESSAGE_BYTES_MAX,
  retryAfterMs,
  webSockets,
  type OpenSocket,
  type Socket,
  type SocketHandlers,
} from './session/connection.ts';
export * from './errors.ts';
export * from './session/event-queue.ts';
export * from './events.ts';
export * from './frame/entries.ts';
export * from './frame/exact-json.ts';
export * from './frame/fields.ts';
export * from './frame/frame.ts';
export * from './session/gaps.ts';
export * from './history/answer-reader.ts';
export * from './history/history.ts';
export type * from './history/hole.ts';
export * from './history/paging.ts';
export * from './history/past-trade.ts';
export * from './history/rest-history.ts';
export * from './history/venue-history.ts';
export * from './listing.ts';
export * from './session/pacer.ts';
export * from './frame/records.ts';
export * from './source.ts';
export * from './streaming-source.ts';
export * from './session/staleness.ts';
export * from './session/stream-state.ts';
export * from './frame/top-of-book.ts';
export * from './venue.ts';
export * from './session/web-socket-source.ts';
export * from './ingest/ingestor.ts';
export { IngestorMetrics } from './ingest/ingestor-metrics.ts';
export * from './ingest/raw-sink.ts';
export { figuresOf } from './ingest/source-states.ts';
export type {
  RestAnswer,
  RestCounters,
  RestHeaders,
  RestReading,
  RestRequest,
  RestVenue,
} from './history/rest-host.ts';
export type { RestLimits, RestPurpose, RestUsage } from './history/budget.ts';
export * from './venue-config.ts';
export { newSessionId } from './session/session-id.ts';
export { runIngestor } from './ingest/ingestor-service.ts';
