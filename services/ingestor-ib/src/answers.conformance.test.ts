import type { HistoricalPage } from '@concord/sources';
import { INTERVALS, MICROS_PER_SECOND } from '@concord/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './testing/bench.ts';
import { AT, SECONDS } from './testing/tws.ts';

const LARGE = 'x'.repeat(5 * 1_024 * 1_024);
const UNASKED = 987_654;

/** An answer to a request for the past, as documented (interactivebrokers.github.io/tws-api, 2026-11). */
interface Answer {
  readonly name: string;
  readonly kind: 'trades' | 'bars';
  text(request: number): string;
  readonly rows: number;
  readonly missing: RegExp;
  readonly number: RegExp;
}

const ANSWERS: readonly Answer[] = [
  {
    name: 'historicalTicksLast',
    kind: 'trades',
    text: (request) =>
      `98|${request}|2|${SECONDS}|0|271.01|100|ARCA|T I|${SECONDS + 1}|0|271.02|200|FINRA||1`,
    rows: 2,
    missing: /\|271\.01/,
    number: /271\.01/,
  },
  {
    name: 'historicalData',
    kind: 'bars',
    text: (request) =>
      `17|${request}|||2|${SECONDS}|271|272|270|271.01|1200|271.25|40|${SECONDS + 60}|271|272|270|271.02|1300|271.3|41`,
    rows: 2,
    missing: /\|271\.01/,
    number: /271\.01/,
  },
];

/** What comes instead of an answer, first; the answer to what is asked then is sound. */
interface Fault {
  readonly name: string;
  says(answer: Answer, request: number): readonly string[];
  /** The code with which the reader of the past is told, once; null where it gets everything. */
  readonly code: string | null;
  /** It must ask again. */
  readonly isAskedAgain?: boolean;
  readonly isCut?: boolean;
}

function intruder(name: string, text: string): Fault {
  return { name, says: (answer, request) => [text, answer.text(request)], code: null };
}

function damage(name: string, change: (text: string, answer: Answer) => string): Fault {
  const says = (answer: Answer, request: number): string[] => [change(answer.text(request), answer)];
  return { name, says, code: 'history-unreadable' };
}

function notice(code: number, text: string): Fault {
  const says = (_: Answer, request: number): string[] => [`4|2|${request}|${code}|${text}|`];
  return { name: `error ${code}`, says, code: null, isAskedAgain: true };
}

const FAULTS: readonly Fault[] = [
  intruder('garbage', '<html>502 Bad Gateway</html>'),
  intruder('an empty message', ''),
  intruder('a message of 5 MB', LARGE),
  intruder('the text pong', 'pong'),
  intruder('an unknown message type', '911|1|2|3'),
  intruder('an answer to no request', `98|${UNASKED}|1|${SECONDS}|0|1|1|ARCA||1`),
  intruder('an error that names no request', '4|2|-1|2107|HMDS data farm connection is inactive|'),
  intruder('an error of another request', `4|2|${UNASKED}|200|No security definition|`),
  intruder('an error without a code', '4|2'),
  damage('half of its fields', (text) => {
    const fields = text.split('|');
    return fields.slice(0, fields.length >> 1).join('|');
  }),
  damage('a missing field', (text, { missing }) => text.replace(missing, '')),
  damage('a number out of range', (text, { number }) => text.replace(number, '9'.repeat(41))),
  damage('a count beyond its rows', (text) => text.replace(/^(98\|\d+|17\|\d+\|\|)\|2\|/, '$1|99999999|')),
  damage('a negative count', (text) => text.replace(/^(98\|\d+|17\|\d+\|\|)\|2\|/, '$1|-2|')),
  damage('a time that is none', (text) => text.replace(String(SECONDS), 'yesterday')),
  {
    name: 'a repeated answer',
    says: (answer, request) => [answer.text(request), answer.text(request)],
    code: null,
  },
  {
    name: 'an unknown request',
    says: (answer) => [answer.text(UNASKED)],
    code: null,
    isAskedAgain: true,
  },
  {
    name: 'an unknown message type in its place',
    says: (answer, request) => [answer.text(request).replace(/^\d+/, '911')],
    code: null,
    isAskedAgain: true,
  },
  { name: 'a dropped answer, and the end', says: () => [], code: null, isAskedAgain: true, isCut: true },
  notice(162, 'Historical Market Data Service error message:pacing violation'),
  notice(322, "Error processing request.-'bW' : cause - Duplicate ticker id"),
  notice(10187, 'Failed to request historical ticks'),
];

describe('ib × answers about the past', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench([]);
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  /** All that the past gives, or the code of the error that ends it. */
  async function read(kind: Answer['kind'], records: HistoricalPage[number][]): Promise<string | null> {
    const interval = kind === 'bars' ? '1m' : null;
    const end = kind === 'bars' ? AT + 2 * INTERVALS['1m'] : AT + 2 * MICROS_PER_SECOND;
    try {
      for await (const page of bench.source.getHistoricalData('AAPL.US', kind, interval, AT, end))
        records.push(...page);
      return null;
    } catch (error) {
      return (error as { readonly code: string }).code;
    }
  }

  /** Requests for the past of every connection, those of one that is open last. */
  function asked(kind: Answer['kind']): { readonly id: number; readonly at: number }[] {
    const type = kind === 'bars' ? 'bars' : 'past-trades';
    return bench.gateways.all.flatMap((gateway, at) => gateway.ofType(type).map(({ id }) => ({ id, at })));
  }

  async function outcome(answer: Answer, fault: Fault): Promise<unknown> {
    const records: HistoricalPage[number][] = [];
    let end: string | null | undefined;
    const reading = read(answer.kind, records).then((code) => (end = code));
    let told = 0;
    for (let step = 0; end === undefined && step < 400; step++) {
      const { gateway } = bench;
      if (gateway.requests.length === 0 && !gateway.isClosed) gateway.ready();
      const requests = asked(answer.kind);
      const newest = requests.at(-1);
      if (newest !== undefined && requests.length > told) {
        told = requests.length;
        const on = bench.gateways.all[newest.at] ?? gateway;
        on.say(...(told === 1 ? fault.says(answer, newest.id) : [answer.text(newest.id)]));
        if (told === 1 && fault.isCut === true) on.drop();
      }
      await bench.pass(500);
    }
    await reading;
    return { code: end, rows: records.length, asked: told };
  }

  for (const answer of ANSWERS) {
    for (const fault of FAULTS) {
      const { code, isAskedAgain = false } = fault;
      const says = code === null ? 'everything comes, once' : `${code}, once, and no part of it`;
      it(`ib × ${answer.name} × ${fault.name}: ${says}${isAskedAgain ? ', when it is asked again' : ''}`, async () => {
        expect(await outcome(answer, fault)).toEqual({
          code,
          rows: code === null ? answer.rows : 0,
          asked: isAskedAgain ? 2 : 1,
        });
      });
    }
  }
});
