import type { RestAnswer } from '../server/feed.ts';
import type { Counter, Limits } from '../server/limits.ts';

const SECOND = 1_000_000;
/** Bans grow from two minutes to three days. */
const FIRST_BAN = 120 * SECOND;
const LONGEST_BAN = 259_200 * SECOND;

/**
 * REST's weights and what follows when they are used up
 * (https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits, 2026-07-21): 429 until the minute ends; who goes on
 * meanwhile, more than `ignored-waits` times, is banned with 418, each time twice as long. `Retry-After` says how many seconds are left.
 */
export class RequestWeights {
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #weight: Counter;
  readonly #requests: Counter;
  #waitUntil = 0;
  #ignored = 0;
  #bannedUntil = 0;
  #ban = FIRST_BAN;

  /** `now`: microseconds. */
  constructor(limits: Limits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#weight = limits.counter('weight');
    this.#requests = limits.counter('requests');
  }

  /** The answer of this weight, or the refusal in its place. */
  weigh(answer: RestAnswer, weight: number): RestAnswer {
    const refused = this.#refusal(weight);
    const used = String(this.#weight.used);
    const { status, body, headers } = refused ?? answer;
    return { status, body, headers: { ...headers, 'x-mbx-used-weight': used, 'x-mbx-used-weight-1m': used } };
  }

  #refusal(weight: number): RestAnswer | undefined {
    const now = this.#now();
    if (now < this.#bannedUntil) return this.#banned(now);
    if (now >= this.#waitUntil) {
      this.#ignored = 0;
      const counter = !this.#requests.take()
        ? this.#requests
        : !this.#weight.take(weight)
          ? this.#weight
          : undefined;
      if (counter === undefined) return undefined;
      this.#waitUntil = now + counter.freeInMs * 1_000;
    } else if (!this.#limits.allows('ignored-waits', ++this.#ignored)) {
      this.#bannedUntil = now + this.#ban;
      this.#ban = Math.min(2 * this.#ban, LONGEST_BAN);
      return this.#banned(now);
    }
    const msg = `Too much request weight used; current limit is ${this.#limits.most('weight')} request weight per 1 MINUTE.`;
    return refusal(429, msg, this.#waitUntil - now);
  }

  #banned(now: number): RestAnswer {
    const until = Math.ceil(this.#bannedUntil / 1_000);
    return refusal(
      418,
      `Way too much request weight used; IP banned until ${until}.`,
      this.#bannedUntil - now,
    );
  }
}

function refusal(status: number, msg: string, waitMicros: number): RestAnswer {
  const headers = { 'retry-after': String(Math.max(1, Math.ceil(waitMicros / SECOND))) };
  return { status, body: { code: -1003, msg }, headers };
}
