export { createParser } from './parse.ts';
