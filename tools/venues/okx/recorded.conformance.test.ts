import { SystemClock } from '@concord/runtime';
import { readOracle, recordedFrames, RECORDINGS_PRESENT } from '@concord/testkit';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { instrumentsOfRecording } from '../recording/instruments.ts';
import { TestVenues } from '../server/testing/venues.ts';

const RECORDING = 'frames/okx-2022-05-13.jsonl.gz';
const file = fileURLToPath(new URL(`../../../../shared/realdata/${RECORDING}`, import.meta.url));

describe.skipIf(!RECORDINGS_PRESENT)('a recording of OKX (../shared/realdata)', () => {
  it('reaches those who subscribed, verbatim, the channels asked for and no others', async () => {
    await using bench = await TestVenues.open({
      clock: new SystemClock(),
      recordings: [file],
      speed: 'max',
      graceMs: 50,
    });
    const { trades, channels } = readOracle(RECORDING);
    const symbols = Object.keys(trades);
    const [all, one] = [await bench.client('okx', '/public'), await bench.client('okx', '/public')];
    const args = symbols.flatMap((instId) => [
      { channel: 'trades', instId },
      { channel: 'tickers', instId },
    ]);
    all.send({ op: 'subscribe', args });
    one.send({ op: 'subscribe', args: [{ channel: 'books', instId: 'BTC-USDT' }] });
    await bench.venues.finished;
    const recorded = recordedFrames(RECORDING)
      .map(({ text }) => text)
      .filter((text) => text.startsWith('{"arg"'));
    const isOwn = (text: string): boolean => text.startsWith('{"event"');
    expect(all.frames.filter((text) => !isOwn(text))).toEqual(
      recorded.filter((text) => !text.includes('"channel":"books"')),
    );
    expect(all.frames.filter(isOwn)).toHaveLength(args.length);
    expect(one.frames.filter((text) => !isOwn(text))).toEqual(
      recorded.filter((text) => text.startsWith('{"arg":{"channel":"books","instId":"BTC-USDT"}')),
    );
    expect(bench.venues.stats().venues['okx']).toMatchObject({
      sent: { trades: channels['trades'], quotes: channels['tickers'], bars: 0 },
      breaches: {},
    });
  });

  it('brings its instruments, in the finest steps that were seen', () => {
    expect(instrumentsOfRecording([file])).toMatchObject([
      { id: 'BTC-USD-220527', symbols: { okx: 'BTC-USD-220527' }, priceTick: '0.1', sizeStep: '1' },
      { id: 'BTC-USDT', symbols: { okx: 'BTC-USDT' }, priceTick: '0.1', sizeStep: '0.00000001' },
      { id: 'UNI-USD-SWAP', symbols: { okx: 'UNI-USD-SWAP' }, priceTick: '0.001', sizeStep: '1' },
    ]);
  });
});
