import { ManualClock, silentLogger } from '@concord/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT, fieldsOf, SECONDS, testParser } from './testing/tws.ts';
import { IBDataSource } from './venue.ts';

/** One sound message of each type that is read. */
const SOUND = [
  `99|1|2|${SECONDS}|271.01|100|0|ARCA|T I`,
  `99|2|3|${SECONDS}|271.01|271.03|300|500|0`,
  '1|6|3|1|271.01|300|1',
  '2|6|3|3|500',
  `46|6|3|45|${SECONDS}`,
  `17|4|||1|${SECONDS - 60}|271|272|270|271.5|1200|271.25|40`,
  `90|4|3|${SECONDS - 60}|271|271.5|272|270|271.2|300`,
  '81|3|0.01|9c0001|3',
  '58|1|3|1',
  '4|2|3|354|words|',
  '9|1|1',
  '15|1|DU1',
];

/** A sound message with one field changed, left out or put in. */
const broken = fc
  .tuple(
    fc.constantFrom(...SOUND),
    fc.nat(20),
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        '',
        '-1',
        '-5',
        'NaN',
        '1E309',
        '99999999999999999999',
        '-0',
        '1e-13',
        '1.7976931348623157E308',
      ),
    ),
    fc.constantFrom('change', 'drop', 'insert'),
  )
  .map(([text, place, value, how]) => {
    const fields = fieldsOf(text);
    const at = place % (fields.length + 1);
    if (how === 'drop') return fields.toSpliced(at, 1);
    return how === 'insert' ? fields.toSpliced(at, 0, value) : fields.toSpliced(at, 1, value);
  });

const source = new IBDataSource({
  venue: { kinds: ['trades'], quotesEveryChange: false, sockets: 1, options: {} },
  listings: new Map(),
  clock: new ManualClock(),
  logger: silentLogger(),
  replica: 'r',
});

describe('the parser, whatever TWS sends,', () => {
  it('never throws, and makes of a message no more than stands in it, all of it sound', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(broken, fc.constantFrom(...SOUND).map(fieldsOf)), { maxLength: 30 }),
        (messages) => {
          const parser = testParser();
          messages.forEach((fields, index) => {
            const message = parser.parse(fields, AT + index);
            if (message.type !== 'data') return;
            const { trades, quotes, bars } = message.frame;
            for (const record of [...trades, ...quotes, ...bars])
              expect(source.validateData(record)).toBeUndefined();
            expect(trades.length + quotes.length).toBeLessThanOrEqual(1);
            expect(bars.length).toBeLessThanOrEqual(2); // a bar, and the one that it closes
          });
          const { trades, quotes } = parser.settle(Number.POSITIVE_INFINITY);
          for (const record of [...trades, ...quotes]) expect(source.validateData(record)).toBeUndefined();
          expect(trades.length).toBeLessThanOrEqual(1);
          expect(quotes.length).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('says the same of the same messages', () => {
    fc.assert(
      fc.property(fc.array(broken, { maxLength: 20 }), (messages) => {
        const told = (): unknown => {
          const parser = testParser();
          const parsed = messages.map((fields, index) => parser.parse(fields, AT + index));
          return [parsed, parser.settle(Number.POSITIVE_INFINITY)];
        };
        expect(told()).toEqual(told());
      }),
    );
  });
});
