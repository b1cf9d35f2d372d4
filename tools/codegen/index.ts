export * from './types.ts';
export { isCurrent, readSchemas } from './main.ts';
