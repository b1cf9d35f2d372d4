import type { VenueInstrument, VenueName } from '../options.ts';
import { readRecording, type Recording } from './files.ts';

/** Quote assets of symbols without a separator, longest first. */
const QUOTES: readonly string[] = [
  'FDUSD', 'USDT', 'USDC', 'BUSD', 'TUSD', 'USD', 'EUR', 'GBP', 'TRY', 'RUB', 'BRL', 'AUD', 'DAI', 'BTC', 'ETH', 'BNB',
]; // prettier-ignore

interface Sample {
  priceDecimals: number;
  sizeDecimals: number;
  firstPrice: string;
}

interface Steps {
  readonly priceTick: string;
  readonly sizeStep: string;
}

/**
 * The instruments found in recorded files, with each venue's symbol, so that a run on a recording needs no other definition.
 * Steps are the venue's own where the recording holds its list of products, else those of the finest text seen.
 */
export function instrumentsOfRecording(files: readonly string[]): VenueInstrument[] {
  return instrumentsOf(files.map(readRecording));
}

export function instrumentsOf(recordings: readonly Recording[]): VenueInstrument[] {
  const found = new Map<string, VenueInstrument>();
  for (const recording of recordings) {
    const listed = stepsOf(recording);
    for (const [symbol, sample] of samplesOf(recording)) {
      const id = canonicalId(symbol);
      const steps = listed.get(symbol) ?? {
        priceTick: stepText(sample.priceDecimals),
        sizeStep: stepText(sample.sizeDecimals),
      };
      const before = found.get(id);
      const symbols = { ...before?.symbols, [recording.venue]: symbol };
      // Where two venues list it, the finer step holds both.
      const priceTick = finer(before?.priceTick, steps.priceTick);
      const sizeStep = finer(before?.sizeStep, steps.sizeStep);
      found.set(id, {
        id,
        symbols,
        priceTick,
        sizeStep,
        startPrice: before?.startPrice ?? sample.firstPrice,
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function finer(a: string | undefined, b: string): string {
  return a !== undefined && Number(a) < Number(b) ? a : b;
}

function stepText(decimals: number): string {
  return decimals === 0 ? '1' : `0.${'0'.repeat(decimals - 1)}1`;
}

/** `BTCUSDT`, `BTC-USD`, `BTC/USD` → `BTC-USDT`, `BTC-USD`. */
export function canonicalId(symbol: string): string {
  if (/[-/]/.test(symbol)) return symbol.replace('/', '-');
  const quote = QUOTES.find((one) => symbol.endsWith(one) && symbol.length > one.length);
  return quote === undefined ? symbol : `${symbol.slice(0, -quote.length)}-${quote}`;
}

/** The patterns give pairs of price and size in a frame's text; a missing size is not counted. */
interface Patterns {
  readonly symbol: RegExp;
  readonly pair: RegExp;
  readonly keepsZeros: boolean;
  /** Connections whose frames count; default all. */
  readonly path?: RegExp;
}

const PATTERNS: Readonly<Record<VenueName, Patterns>> = {
  binance: {
    symbol: /"s":"([A-Z0-9]+)"/,
    pair: /(?:"p":"([\d.]+)","q":"([\d.]+)")|(?:\["([\d.]+)","([\d.]+)"\])|(?:"[ba]":"([\d.]+)","[BA]":"([\d.]+)")|(?:"[ohlc]":"([\d.]+)")/g,
    keepsZeros: false,
  },
  coinbase: {
    symbol: /"product_id":"([^"]+)"/,
    pair: /(?:"price":"([\d.]+)","size":"([\d.]+)")|(?:"price_level":"([\d.]+)","new_quantity":"([\d.]+)")|(?:"(?:high|low|open|close)":"([\d.]+)")/g,
    keepsZeros: false,
  },
  kraken: {
    symbol: /"symbol":"([^"]+)"/,
    pair: /(?:"price":([\d.]+),"qty":([\d.]+))|(?:"bid":([\d.]+),"bid_qty":([\d.]+))|(?:"close":([\d.]+),"trades":\d+,"volume":([\d.]+))|(?:"(?:high|low|open)":([\d.]+))/g,
    keepsZeros: true,
  },
  bybit: {
    symbol: /"(?:s|symbol)":"([A-Z0-9]+)"/,
    pair: /(?:"p":"([\d.]+)","v":"([\d.]+)")|(?:\["([\d.]+)","([\d.]+)"\])|(?:"(?:open|close|high|low)":"([\d.]+)")/g,
    keepsZeros: false,
    // A contract bears the same symbol as the pair it stands on and is another instrument.
    path: /\/spot$/,
  },
  okx: {
    symbol: /"instId":"([^"]+)"/,
    pair: /(?:"px":"([\d.]+)","sz":"([\d.]+)")|(?:\["([\d.]+)","([\d.]+)","0","\d+"\])|(?:"(?:ask|bid)Px":"([\d.]+)","(?:ask|bid)Sz":"([\d.]+)")/g,
    keepsZeros: false,
  },
  ib: {
    symbol: /"symbol":"([^"]+)"/,
    pair: /(?:"price":([\d.]+),"size":([\d.]+))|(?:"(?:open|high|low|close)":([\d.]+))/g,
    keepsZeros: false,
  },
};

function samplesOf(recording: Recording): Map<string, Sample> {
  const { symbol: symbolPattern, pair, keepsZeros, path: wanted } = PATTERNS[recording.venue];
  const samples = new Map<string, Sample>();
  for (const { text, path } of recording.frames) {
    if (wanted?.test(path ?? '') === false) continue;
    const symbol = symbolPattern.exec(text)?.[1];
    if (symbol === undefined) continue;
    for (const match of text.matchAll(pair)) {
      const [price, size] = match.slice(1).filter((one) => one !== undefined);
      if (price === undefined || Number(price) === 0) continue;
      let sample = samples.get(symbol);
      if (sample === undefined)
        samples.set(symbol, (sample = { priceDecimals: 0, sizeDecimals: 0, firstPrice: price }));
      sample.priceDecimals = Math.max(
        sample.priceDecimals,
        decimals(price, keepsZeros && size !== undefined),
      );
      if (size !== undefined) sample.sizeDecimals = Math.max(sample.sizeDecimals, decimals(size, keepsZeros));
    }
  }
  return samples;
}

function decimals(text: string, keepsZeros: boolean): number {
  const fraction = text.split('.')[1] ?? '';
  return (keepsZeros ? fraction : fraction.replace(/0+$/, '')).length;
}

/** Steps from a list of products among the recorded answers. */
function stepsOf(recording: Recording): Map<string, Steps> {
  const steps = new Map<string, Steps>();
  for (const { path, query, body } of recording.answers) {
    if (path.endsWith('/instruments-info') && query.includes('category=spot')) {
      for (const one of bybitPairs(body)) {
        const [priceTick, sizeStep] = [one.priceFilter.tickSize, one.lotSizeFilter.basePrecision];
        if (Number(priceTick) > 0 && Number(sizeStep) > 0) steps.set(one.symbol, { priceTick, sizeStep });
      }
    } else if (path.endsWith('/exchangeInfo')) {
      for (const one of exchangeInfoSymbols(body)) {
        const filter = (type: string): Record<string, string> =>
          one.filters.find((each) => each['filterType'] === type) ?? {};
        const [priceTick = '', sizeStep = ''] = [
          filter('PRICE_FILTER')['tickSize'],
          filter('LOT_SIZE')['stepSize'],
        ];
        if (Number(priceTick) > 0 && Number(sizeStep) > 0) steps.set(one.symbol, { priceTick, sizeStep });
      }
    } else if (path.endsWith('/products')) {
      const { products = [] } = JSON.parse(body) as { products?: Record<string, string>[] };
      for (const one of products) {
        const { product_id: id = '', price_increment: priceTick = '', base_increment: sizeStep = '' } = one;
        if (Number(priceTick) > 0 && Number(sizeStep) > 0) steps.set(id, { priceTick, sizeStep });
      }
    }
  }
  return steps;
}

function exchangeInfoSymbols(body: string): { symbol: string; filters: Record<string, string>[] }[] {
  const { symbols = [] } = JSON.parse(body) as {
    symbols?: { symbol: string; filters: Record<string, string>[] }[];
  };
  return symbols;
}

interface BybitPair {
  readonly symbol: string;
  readonly priceFilter: { readonly tickSize: string };
  readonly lotSizeFilter: { readonly basePrecision: string };
}

function bybitPairs(body: string): readonly BybitPair[] {
  return (JSON.parse(body) as { result?: { list?: readonly BybitPair[] } }).result?.list ?? [];
}
