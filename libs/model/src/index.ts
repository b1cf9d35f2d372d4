export * from './decimal.ts';
export * from './time.ts';
export * from './topics.ts';
export * from './failure.ts';
