"""Asks a TWS or IB Gateway for what users of ib_async ask for.

usage: ib_async_client.py PACKAGES PORT COUNT

Prints what came as one JSON object, when COUNT trades, COUNT quotes and three bars have come live.
"""

import asyncio
import json
import sys
import time

WITHIN_SECONDS = 60


def number(value):
    return None if value != value else value


async def main():
    packages, port, count = sys.argv[1:]
    sys.path.insert(0, packages)
    from ib_async import IB, Crypto, Stock

    ib = IB()
    errors = []
    ib.errorEvent += lambda req_id, code, text, contract: errors.append(code)
    await ib.connectAsync("127.0.0.1", int(port), clientId=31, timeout=20)
    found = {"serverVersion": ib.client.serverVersion(), "accounts": ib.managedAccounts()}

    share = Stock("AAPL", "SMART", "USD")
    (details,) = await ib.reqContractDetailsAsync(share)
    share = details.contract
    (qualified,) = await ib.qualifyContractsAsync(Crypto("BTC", "PAXOS", "USD"))
    rule = await ib.reqMarketRuleAsync(int(details.marketRuleIds.split(",")[0]))
    found["details"] = {
        "conId": details.contract.conId,
        "primaryExchange": details.contract.primaryExchange,
        "minTick": details.minTick,
        "timeZone": details.timeZoneId,
        "sizeIncrement": details.sizeIncrement,
        "rule": [[band.lowEdge, band.increment] for band in rule],
        "cryptoId": qualified.conId,
    }
    found["unknown"] = await ib.reqContractDetailsAsync(Stock("NOPE", "SMART", "USD"))

    ticker = ib.reqMktData(share)
    every = ib.reqTickByTickData(share, "AllLast")
    book = ib.reqTickByTickData(qualified, "BidAsk")
    trades, quotes, bars = [], [], []
    every.updateEvent += lambda one: trades.extend(
        [int(tick.time.timestamp()), tick.price, tick.size, tick.exchange]
        for tick in one.tickByTicks
        if hasattr(tick, "tickAttribLast")
    )
    book.updateEvent += lambda one: quotes.extend(
        [tick.bidPrice, tick.askPrice, tick.bidSize, tick.askSize] for tick in one.tickByTicks
    )
    live = ib.reqRealTimeBars(share, 5, "TRADES", False)
    live.updateEvent += lambda all_bars, is_new: bars.append(all_bars[-1].close)
    kept = await ib.reqHistoricalDataAsync(
        share, "", "1800 S", "1 min", "TRADES", useRTH=False, keepUpToDate=True
    )
    updates = []
    kept.updateEvent += lambda all_bars, has_new: updates.append(has_new)
    deadline = time.monotonic() + WITHIN_SECONDS
    while min(len(trades), len(quotes)) < int(count) or min(len(bars), len(updates)) < 3:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(trades)} trades, {len(quotes)} quotes, {len(bars)} bars, {len(updates)} updates")
        await asyncio.sleep(0.05)
    found["ticker"] = {
        "bid": number(ticker.bid),
        "ask": number(ticker.ask),
        "last": number(ticker.last),
        "volume": number(ticker.volume),
        "time": ticker.time is not None,
    }
    found["trades"], found["quotes"], found["bars"] = list(trades), list(quotes), list(bars)
    found["kept"] = [[str(bar.date), bar.open, bar.high, bar.low, bar.close, bar.volume] for bar in kept]
    found["updates"] = len(updates)

    day = await ib.reqHistoricalDataAsync(share, "", "2 D", "1 hour", "TRADES", useRTH=False)
    found["hours"] = len(day)
    past = await ib.reqHistoricalTicksAsync(share, "", "20991231-00:00:00", 50, "TRADES", False)
    found["past"] = [[int(tick.time.timestamp()), tick.price, tick.size, tick.exchange] for tick in past]
    found["head"] = str(await ib.reqHeadTimeStampAsync(share, "TRADES", False, 1))
    found["clock"] = (await ib.reqCurrentTimeAsync()).timestamp()
    found["errors"] = errors
    ib.disconnect()
    print(json.dumps(found))


asyncio.run(main())
