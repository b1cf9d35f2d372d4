import type { Clock } from '@concord/runtime';
import type { FeedContext } from '../server/feed.ts';
import { BAR_KINDS } from './bars.ts';
import { NOTICES, type Notice } from './codes.ts';
import type { Contract, ContractBook } from './contracts.ts';
import type { IbFeed } from './feed.ts';
import {
  answerBars,
  answerTicks,
  barsIn,
  headTimeText,
  readBarQuery,
  tradesIn,
  type BarQuery,
} from './history.ts';
import { Pacing } from './limits.ts';
import { DELAYED, type BarLine, type Client, type Lines } from './lines.ts';
import type { Link } from './link.ts';
import * as messages from './messages.ts';
import type {
  BarsRequest,
  CancelTopic,
  ContractQuery,
  MarketDataRequest,
  RealTimeBarsRequest,
  Request,
  TickByTickRequest,
  TickByTickType,
  TicksRequest,
} from './requests.ts';

/** How long the venue's history takes to answer. */
const HISTORY_DELAY_MS = 100;
const TICK_TYPES: readonly string[] = ['Last', 'AllLast', 'BidAsk', 'MidPoint'] satisfies TickByTickType[];
const REAL_TIME_LENGTH = 5;
/** The first id that a client may give to an order; nothing here takes one. */
const NEXT_ORDER_ID = 1;

export interface DeskOptions {
  readonly clock: Clock;
  readonly context: FeedContext;
  readonly contracts: ContractBook;
  readonly lines: Lines;
  readonly link: Link;
  readonly feed: IbFeed;
  readonly unsubscribed: ReadonlySet<string>;
}

/** Answers what clients ask for, within the venue's limits. */
export class Desk {
  readonly #options: DeskOptions;
  readonly #pacing: Pacing;
  #openQueries = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#pacing = new Pacing(options.context.limits);
  }

  /** A request of a client that has begun. */
  handle(client: Client, request: Request): void {
    const { contracts, feed } = this.#options;
    switch (request.kind) {
      case 'market-data':
        return this.#forContract(client, request, (contract) => this.#marketData(client, request, contract));
      case 'tick-by-tick':
        return this.#forContract(client, request, (contract) => this.#tickByTick(client, request, contract));
      case 'real-time-bars':
        return this.#forContract(client, request, (contract) =>
          this.#realTimeBars(client, request, contract),
        );
      case 'bars':
        return this.#forContract(client, request, (contract) => this.#bars(client, request, contract));
      case 'ticks':
        return this.#forContract(client, request, (contract) => this.#ticks(client, request, contract));
      case 'head-time':
        return this.#forContract(client, request, (contract) => {
          client.send(messages.headTime(request.id, headTimeText(feed.past(contract), request.formatDate)));
        });
      case 'contract':
        return this.#forContract(client, request, (contract) => {
          client.send(messages.contractData(request.id, contract, feed.venueNow));
          client.send(messages.contractEnd(request.id));
        });
      case 'matching-symbols':
        client.send(messages.symbolSamples(request.id, contracts.matching(request.pattern)));
        return;
      case 'market-rule':
        return this.#marketRule(client, request.id);
      case 'market-data-type':
        client.marketDataType = request.type;
        return;
      case 'cancel':
        return this.#cancel(client, request.of, request.id);
      case 'nothing-there':
        for (const text of messages.nothingThere(request.topic, request.id, request.account))
          client.send(text);
        return;
      case 'current-time':
        client.send(messages.currentTime(feed.venueNow));
        return;
      case 'managed-accounts':
        client.send(messages.managedAccounts());
        return;
      case 'ids':
        client.send(messages.nextValidId(NEXT_ORDER_ID));
        return;
      default:
    }
  }

  #refuse(client: Client, id: number, notice: Notice): void {
    client.send(messages.notice(notice, id));
  }

  #forContract(
    client: Client,
    { id, contract: query }: { readonly id: number; readonly contract: ContractQuery },
    serve: (contract: Contract) => Notice | undefined | void,
  ): void {
    const { contracts, link } = this.#options;
    if (link.isDown('connectivity')) return this.#refuse(client, id, NOTICES.notConnected);
    const contract = contracts.find(query);
    const refusal = contract === undefined ? NOTICES.noContract : serve(contract);
    if (refusal !== undefined) this.#refuse(client, id, refusal);
  }

  #marketRule(client: Client, id: number): void {
    const rule = this.#options.contracts.rule(id);
    if (rule === undefined) return this.#refuse(client, id, NOTICES.invalid(`Invalid market rule id ${id}`));
    client.send(messages.marketRule(rule));
  }

  /** The lines of market data and of real-time bars count together. */
  #hasLine(): boolean {
    const { lines, context } = this.#options;
    return context.limits.allows('lines', lines.count('market-data') + lines.count('real-time-bars') + 1);
  }

  #marketData(client: Client, { id, isSnapshot }: MarketDataRequest, contract: Contract): Notice | undefined {
    const { lines, link, unsubscribed, feed, context } = this.#options;
    if (lines.has(client, 'market-data', id)) return NOTICES.duplicateId;
    if (link.isDown('competing-session')) return NOTICES.competingSession;
    const { symbol, primaryExchange, exchange } = contract;
    const isDelayed = unsubscribed.has(symbol);
    const market = primaryExchange === '' ? exchange : primaryExchange;
    if (isDelayed && client.marketDataType < DELAYED) return NOTICES.notSubscribed(symbol, market);
    if (!isSnapshot && !this.#hasLine()) return NOTICES.tooManyLines;
    if (isDelayed) this.#refuse(client, id, NOTICES.showingDelayed);
    const line = { kind: 'market-data', client, id, contract, isDelayed, shown: undefined } as const;
    feed.begin(line);
    if (isSnapshot) {
      client.send(messages.snapshotEnd(id));
      return undefined;
    }
    lines.open(line);
    context.subscribed();
    return undefined;
  }

  #tickByTick(client: Client, request: TickByTickRequest, contract: Contract): Notice | undefined {
    const { lines, context, unsubscribed, link, feed } = this.#options;
    const { id, tickType, count, ignoresSize } = request;
    if (lines.has(client, 'tick-by-tick', id)) return NOTICES.duplicateId;
    if (!TICK_TYPES.includes(tickType)) return NOTICES.noTickByTick(`${tickType} is not a type`);
    if (link.isDown('competing-session')) return NOTICES.competingSession;
    const market = contract.primaryExchange === '' ? contract.exchange : contract.primaryExchange;
    if (unsubscribed.has(contract.symbol)) return NOTICES.needsSubscription(contract.symbol, market);
    if (!context.limits.allows('tick-by-tick', lines.count('tick-by-tick') + 1))
      return NOTICES.tooManyTickByTick;
    if (!this.#pacing.allowsTickByTick(contract.conId))
      return NOTICES.noTickByTick('No more than 1 request for the same instrument within 15 seconds');
    const type = tickType as TickByTickType;
    if (count > 0 && (type === 'Last' || type === 'AllLast')) {
      const past = tradesIn(contract, { from: undefined, to: feed.venueNow, count });
      client.send(messages.historicalTrades(id, contract, past));
    }
    lines.open({ kind: 'tick-by-tick', client, id, contract, type, ignoresSize, shown: undefined });
    context.subscribed();
    return undefined;
  }

  /** They take a line and are paced like small bars. */
  #realTimeBars(client: Client, request: RealTimeBarsRequest, contract: Contract): Notice | undefined {
    const { lines, context, unsubscribed, link } = this.#options;
    const { id, whatToShow } = request;
    const of = BAR_KINDS[whatToShow.toUpperCase()];
    if (lines.has(client, 'real-time-bars', id)) return NOTICES.duplicateId;
    if (of === undefined || of === 'bid-ask')
      return NOTICES.invalid(`Real-time bars of '${whatToShow}' are not served`);
    if (link.isDown('competing-session')) return NOTICES.competingSession;
    if (unsubscribed.has(contract.symbol))
      return NOTICES.needsSubscription(contract.symbol, contract.exchange);
    if (!this.#pacing.allowsHistory(request, contract.conId, REAL_TIME_LENGTH)) return NOTICES.pacing;
    if (!this.#hasLine()) return NOTICES.tooManyLines;
    lines.open({ kind: 'real-time-bars', client, id, contract, of });
    context.subscribed();
    return undefined;
  }

  #bars(client: Client, request: BarsRequest, contract: Contract): Notice | undefined {
    const { lines, feed } = this.#options;
    const query = readBarQuery(request, contract, feed.venueNow);
    if ('code' in query) return query;
    if (client.queries.has(request.id) || lines.has(client, 'bars', request.id)) return NOTICES.duplicateId;
    const refusal = this.#historyRefusal(request, contract, query.lengthMicros / 1_000_000);
    if (refusal !== undefined) return refusal;
    this.#later(client, request.id, () => this.#answerBars(client, request, contract, query));
    return undefined;
  }

  #answerBars(client: Client, request: BarsRequest, contract: Contract, query: BarQuery): void {
    const { feed, lines, context } = this.#options;
    // The answer reaches up to now, and the line goes on from there: between them is nothing.
    const asked = request.end === '' ? { ...query, to: feed.venueNow } : query;
    const bars = barsIn(feed.past(contract), asked);
    client.send(answerBars(request, asked, bars, contract));
    if (!request.keepUpToDate) return;
    const { of, lengthMicros, date } = query;
    const shown: BarLine['shown'] = bars.at(-1) ?? {
      start: context.isLive ? asked.to - lengthMicros : 0,
      mark: '',
    };
    lines.open({ kind: 'bars', client, id: request.id, contract, of, lengthMicros, date, shown });
    context.subscribed();
  }

  #ticks(client: Client, request: TicksRequest, contract: Contract): Notice | undefined {
    if (client.queries.has(request.id)) return NOTICES.duplicateId;
    const refusal = this.#historyRefusal(request, contract, 0);
    if (refusal !== undefined) return refusal;
    this.#later(client, request.id, () => {
      const answer = answerTicks(request, this.#options.feed.past(contract));
      client.send(typeof answer === 'string' ? answer : messages.notice(answer, request.id));
    });
    return undefined;
  }

  #historyRefusal(
    request: BarsRequest | TicksRequest,
    contract: Contract,
    barSeconds: number,
  ): Notice | undefined {
    const { lines, link, context } = this.#options;
    if (!link.hasHistory) return NOTICES.historyFarmDown;
    const open = this.#openQueries + lines.count('bars') + 1;
    if (!context.limits.allows('history-open', open))
      return NOTICES.tooManyHistoryRequests(context.limits.most('history-open'));
    return this.#pacing.allowsHistory(request, contract.conId, barSeconds) ? undefined : NOTICES.pacing;
  }

  /** Answers after a while, unless the client gives up or the data farm goes away. */
  #later(client: Client, id: number, answer: () => void): void {
    const { clock, link } = this.#options;
    this.#openQueries++;
    const close = (): void => {
      timer.cancel();
      if (client.queries.delete(id)) this.#openQueries--;
    };
    const timer = clock.setTimer(() => {
      close();
      if (link.hasHistory) answer();
      else this.#refuse(client, id, NOTICES.historyFarmDown);
    }, HISTORY_DELAY_MS);
    client.queries.set(id, close);
  }

  #cancel(client: Client, of: CancelTopic, id: number): void {
    const { lines } = this.#options;
    if (of === 'head-time') return;
    const isLine = lines.close(client, of, id);
    const close = of === 'bars' ? client.queries.get(id) : undefined;
    close?.();
    const isKnown = isLine || close !== undefined;
    if (of === 'bars')
      this.#refuse(client, id, isKnown ? NOTICES.historyCancelled(id) : NOTICES.unknownHistoryId(id));
    else if (!isKnown) this.#refuse(client, id, NOTICES.unknownId(id));
  }

  /** Ends all that a client has asked for. */
  drop(client: Client): void {
    for (const close of client.queries.values()) close();
    this.#options.lines.drop(client);
  }
}
