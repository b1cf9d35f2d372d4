/** What sessions are made of, for sources that speak no WebSocket protocol. */
export { Heartbeat } from './heartbeat.ts';
export { SessionWriter, type SessionCounters, type WriterSurroundings } from './session-writer.ts';
export { gapMarker, placeOf, repairMarker, targetOf, type StreamPlace } from './stream-markers.ts';
export { StreamTable } from './stream-table.ts';
export { Repairs, type RepairSurroundings } from '../history/repairs.ts';
