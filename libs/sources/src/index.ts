export * from './bar-windows.ts';
export * from './errors.ts';
export * from './exact-json.ts';
export * from './frame.ts';
export * from './listing.ts';
export * from './records.ts';
export * from './top-of-book.ts';
export * from './venue.ts';
