export * from './fake-socket.ts';
export * from './manual-clock.ts';
export * from './parsing.ts';
export * from './recordings.ts';
export * from './tally.ts';
export * from './tcp-proxy.ts';
