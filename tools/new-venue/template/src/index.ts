export { exampleOptions, type ExampleOptions } from './config.ts';
export { ExampleHistory, readBars, readTrades } from './history.ts';
export { createParser } from './parse.ts';
export { ExampleDataSource, exampleModule, exampleVenue } from './venue.ts';
