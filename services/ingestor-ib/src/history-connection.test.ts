import { silentLogger, ManualClock, settle } from '@concord/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeGateways, type FakeGateway } from './testing/fake-gateway.ts';
import { AAPL, AT } from './testing/tws.ts';
import { IBDataSource } from './venue.ts';

const FIRST_ID = 56;
const BAR = { from: AT - 60_000_000, to: AT };

/** A TWS that lets each client id in once, and answers each question with no bars. */
class Tws implements AsyncDisposable {
  readonly clock = new ManualClock({ startAtMs: AT / 1_000 });
  readonly gateways = new FakeGateways(this.clock);
  readonly heldByOthers = new Set<number>();
  readonly #refused = new Set<FakeGateway>();
  readonly #greeted = new Set<FakeGateway>();
  readonly #source = new IBDataSource({
    venue: { host: 'tws', port: 4001, kinds: ['bars'], quotesEveryChange: false, sockets: 1, options: {} },
    listings: new Map([[AAPL.instrument, AAPL]]),
    clock: this.clock,
    logger: silentLogger(this.clock),
    replica: 'r',
    openGateway: this.gateways.open,
  });

  get refusals(): number {
    return this.#refused.size;
  }

  async ask(): Promise<string> {
    try {
      const { from, to } = BAR;
      for await (const page of this.#source.getHistoricalData(AAPL.instrument, 'bars', '1m', from, to))
        void page;
      return 'answered';
    } catch (error) {
      return String(error);
    }
  }

  /** What becomes of so many questions asked at once. */
  async askAtOnce(count: number): Promise<string[]> {
    const all = Promise.all(Array.from({ length: count }, () => this.ask()));
    let isDone = false;
    void all.then(() => (isDone = true));
    for (let seconds = 0; !isDone && seconds < 900; seconds++) {
      await settle();
      await this.#serve();
      await this.clock.pass(1_000);
    }
    return all;
  }

  async #serve(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      for (const gateway of this.gateways.all) if (!gateway.isClosed) this.#step(gateway);
      await settle();
    }
  }

  #step(gateway: FakeGateway): void {
    if (!this.#greeted.has(gateway)) {
      const { clientId } = gateway;
      const isHeld = [...this.#greeted].some((other) => !other.isClosed && other.clientId === clientId);
      if (!isHeld && !this.heldByOthers.has(clientId)) {
        this.#greeted.add(gateway);
        return gateway.ready();
      }
      this.#refused.add(gateway);
      return gateway.notice(326, 'Unable to connect as the client id is already in use.');
    }
    const asked = gateway.requests.splice(0);
    for (const request of asked) if (request.type === 'bars') gateway.say(`17|${request.id}|||0`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.disconnect();
  }
}

describe('a connection for the past', () => {
  let tws: Tws;
  afterEach(() => tws[Symbol.asyncDispose]());

  it('bears another client id than those of the same process', async () => {
    tws = new Tws();
    expect(new Set(await tws.askAtOnce(10))).toEqual(new Set(['answered']));
    expect(tws.refusals).toBe(0);
  });

  it('waits where all client ids are borne by the same process', async () => {
    tws = new Tws();
    expect(new Set(await tws.askAtOnce(18))).toEqual(new Set(['answered']));
  });

  it('is made when only the last of 16 client ids is free, and the next bears it at once', async () => {
    tws = new Tws();
    for (let index = 0; index < 15; index++) tws.heldByOthers.add(FIRST_ID + index);
    expect(await tws.askAtOnce(1)).toEqual(['answered']);
    expect(tws.refusals).toBe(15);
    expect(await tws.askAtOnce(1)).toEqual(['answered']);
    expect(tws.refusals).toBe(15);
  });

  it('fails when other clients have all 16 ids, each tried five times', async () => {
    tws = new Tws();
    for (let index = 0; index < 16; index++) tws.heldByOthers.add(FIRST_ID + index);
    expect(await tws.askAtOnce(1)).toEqual([expect.stringContaining('already in use')]);
    expect(tws.refusals).toBe(5 * 16);
  });
});
