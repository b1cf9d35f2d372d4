import { expect, it } from 'vitest';
import { SimulatedIb } from './simulated-ib.ts';

const SEED = 51;
/** A replica tells where it stands every two seconds; one that is killed has told more prints than it has said. */
const UNSAID_MICROS = 4_000_000;

it(
  'no print is told twice after a replica was killed that had told more than its checkpoint says',
  { timeout: 120_000 },
  async () => {
    await using venue = await SimulatedIb.start(SEED, { kinds: ['trades'] });
    await venue.flowing(30, ['trades']);
    await venue.elapsed(15_000);
    await venue.stop();
    const newest = new Map<string, number>();
    for (const event of venue.events)
      for (const { instrument, eventTime } of event.type === 'records' ? event.trades : [])
        newest.set(instrument, Math.max(newest.get(instrument) ?? 0, eventTime ?? 0));
    venue.goOn((instrument) => {
      const last = newest.get(instrument);
      return last === undefined ? undefined : last - UNSAID_MICROS;
    }, true);
    await venue.flowing(10, ['trades']);
    await venue.elapsed(20_000);
    await venue.close();
    for (const instrument of ['AAPL.US', 'MSFT.US']) {
      const { sent, told } = venue.compare(instrument);
      const left = [...sent];
      const doubled = told.filter((one) => {
        const place = left.indexOf(one);
        if (place >= 0) left.splice(place, 1);
        return place < 0;
      });
      expect({ instrument, sent: sent.length, doubled: doubled.length }).toEqual({
        instrument,
        sent: sent.length,
        doubled: 0,
      });
    }
  },
);
