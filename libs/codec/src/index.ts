export * from './markers.ts';
export * from './records.generated.ts';
