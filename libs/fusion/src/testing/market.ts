import type { CleanQuote, CleanTrade, ConsensusQuote, ConsensusTrade } from '@concord/codec';
import type { Micros } from '@concord/model';
import { InstrumentConsensus, type ConsensusRecord } from '../instrument-consensus.ts';
import { compileRules, type TickKind } from '../rules.ts';
import { Sessions } from '../sessions.ts';
import { at, configurationOf, type ConfigurationChoices } from './records.ts';

/** The consensus of one instrument from `at(0)` on, with everything it publishes. Times are seconds after `at(0)`. */
export class Market<R extends ConsensusRecord> {
  readonly records: R[] = [];
  readonly sessions = new Sessions();
  readonly consensus: InstrumentConsensus;
  #position = 0;

  constructor(kind: TickKind, choices: ConfigurationChoices) {
    const configuration = configurationOf(choices);
    const [instrument] = configuration.instruments;
    if (instrument === undefined) throw new Error('one instrument is configured');
    const rules = compileRules(configuration, kind, instrument, 1);
    this.consensus = new InstrumentConsensus(rules, this.sessions, at(0));
  }

  readonly emit = (record: ConsensusRecord): void => {
    // The kind given to the constructor is that of R.
    this.records.push(record as R);
  };

  get last(): R {
    const last = this.records.at(-1);
    if (last === undefined) throw new Error('nothing was published yet');
    return last;
  }

  /** Published since the last call. */
  taken(): R[] {
    return this.records.splice(0);
  }

  give(seconds: number, record: CleanQuote | CleanTrade): this {
    this.consensus.take(record, this.#position++, at(seconds), this.emit);
    return this;
  }

  /** A marker of the session that `source` speaks through unless told otherwise. */
  sign(
    seconds: number,
    source: string,
    state: 'live' | 'connecting' | 'down' = 'live',
    session = `${source}-1`,
  ): this {
    this.consensus.advance(at(seconds), this.emit);
    this.sessions.heard({ source, session, state }, at(seconds));
    if (this.consensus.hears(source, session)) this.consensus.touch(this.emit);
    return this;
  }

  /** Markers of all sources each second in (from, to], as ingestors write them. */
  live(from: number, to: number, sources: readonly string[] = ['a', 'b', 'c']): this {
    for (let second = from + 1; second <= to; second++) {
      for (const source of sources) this.sign(second, source);
    }
    return this;
  }

  pass(seconds: number): this {
    this.consensus.advance(at(seconds), this.emit);
    return this;
  }

  reasonOf(source: string): string | undefined {
    return this.last.sources.find((entry) => entry.source === source)?.reason;
  }
}

export function quoteMarket(choices: ConfigurationChoices = {}): Market<ConsensusQuote> {
  return new Market('quotes', { everyChange: choices.sources ?? ['a', 'b', 'c'], ...choices });
}

export function tradeMarket(choices: ConfigurationChoices = {}): Market<ConsensusTrade> {
  return new Market('trades', choices);
}

/** Microseconds as seconds after `at(0)`. */
export function secondsOf(micros: Micros): number {
  return (micros - at(0)) / 1_000_000;
}
