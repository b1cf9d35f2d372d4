import { MICROS_PER_MS, type Fixed, type Micros } from '@concord/model';
import type { Listing } from '../listing.ts';
import { isObject, NOTHING, readDecimal, refusal } from './frame.ts';
import type { ParsedFrame, ParserContext, Refusal } from './frame.ts';
import type { Level } from './top-of-book.ts';

/** An object read from JSON, before its fields were looked at. */
export type Fields = { readonly [key: string]: unknown };

/** The object that a frame's text holds, or the code under which the frame is refused. */
export function readFields(text: string): Fields | 'not-json' | 'unknown-frame' {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return 'not-json';
  }
  return isObject(frame) ? frame : 'unknown-frame';
}

/** Whether a value is a number that counts: whole, exact and not negative. */
export function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const INTEGER = /^\d{1,19}$/;

/** Whether a value is the text of an id that counts, or of another integer that the wire's 64 bits hold. */
export function isIntegerText(value: unknown): value is string {
  return typeof value === 'string' && INTEGER.test(value);
}

const MILLISECONDS = /^\d{1,15}$/;

/** The time that a field's text holds in milliseconds since 1970, `undefined` for anything else. */
export function readMilliseconds(value: unknown): Micros | undefined {
  return typeof value === 'string' && MILLISECONDS.test(value) ? Number(value) * MICROS_PER_MS : undefined;
}

/** The listing of the venue symbol that the field `name` holds. */
export function readListing(context: ParserContext, symbol: unknown, name: string): Listing | Refusal {
  if (typeof symbol !== 'string') return refusal('bad-field', `${name}: expected text`);
  return context.listings.get(symbol) ?? unknownSymbol(symbol);
}

/** A price and the size at it, each an exact decimal as text; `undefined` where one is not. */
export function readLevel(priceText: unknown, sizeText: unknown): Level | undefined {
  const price = readDecimal(priceText);
  const size = readDecimal(sizeText);
  return price === undefined || size === undefined ? undefined : { price, size };
}

export interface Ohlc {
  readonly open: Fixed;
  readonly high: Fixed;
  readonly low: Fixed;
  readonly close: Fixed;
}

/** The four prices of a bar, each an exact decimal as text; `undefined` where one is not. */
export function readOhlc(
  openText: unknown,
  highText: unknown,
  lowText: unknown,
  closeText: unknown,
): Ohlc | undefined {
  const [open, high] = [readDecimal(openText), readDecimal(highText)];
  const [low, close] = [readDecimal(lowText), readDecimal(closeText)];
  return open === undefined || high === undefined || low === undefined || close === undefined
    ? undefined
    : { open, high, low, close };
}

/** What a field says, for a message or a name. Of a list or an object only that it is one: `String` throws for some of them. */
export function saidOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : String(value);
}

function unknownSymbol(symbol: string): Refusal {
  return refusal('unknown-symbol', `symbol "${symbol}" is not configured`, symbol);
}

/** `names`: the fields of which one is none. */
export function badNumber(names: string, symbol: string): Refusal {
  return refusal('bad-number', `${names}: expected exact decimals as text`, symbol);
}

/** The frame that says nothing but why it was refused. */
export function refused(why: Refusal): ParsedFrame {
  return { ...NOTHING, refusals: [why] };
}
