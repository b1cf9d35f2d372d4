import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { serveWorker, type Work } from '../harness/worker.ts';

export interface FirehoseOptions {
  /** Frames a second over all connections. */
  readonly perSecond: number;
}

export interface FirehoseReport {
  readonly wsUrl: string;
  readonly sent: number;
}

const TICK_MS = 5;
/** A reader that leaves more than this unread is waited for. */
const WAITING_BYTES_MAX = 4 * 1_048_576;

/**
 * Sends Binance's combined streams, trades and quotes in turn, with ids that follow each other, as fast as is asked and the reader takes it. Far cheaper than a
 * simulated market, so that what is measured is the reader.
 */
class Firehose implements Work {
  readonly #http = createServer();
  readonly #sockets = new Map<WebSocket, Set<string>>();
  readonly #ids = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #next = 0;
  #owed = 0;
  #lastMs = performance.now();

  async start({ perSecond }: FirehoseOptions): Promise<this> {
    const server = new WebSocketServer({ server: this.#http, perMessageDeflate: false });
    server.on('connection', (socket, request) => {
      const streams = new URL(request.url ?? '/', 'ws://x').searchParams.get('streams')?.split('/') ?? [];
      this.#sockets.set(socket, new Set(streams.filter(isSent)));
      socket.on('message', (data) => this.#call(socket, (data as Buffer).toString('utf8')));
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    this.#timer = setInterval(() => this.#send(perSecond), TICK_MS);
    return this;
  }

  report(): FirehoseReport {
    return { wsUrl: `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}`, sent: this.#sent };
  }

  #call(socket: WebSocket, text: string): void {
    const { method, params, id } = JSON.parse(text) as { method: string; params: string[]; id: number };
    const wanted = this.#sockets.get(socket);
    for (const stream of params.filter(isSent)) {
      if (method === 'SUBSCRIBE') wanted?.add(stream);
      else wanted?.delete(stream);
    }
    socket.send(JSON.stringify({ result: null, id }));
  }

  #send(perSecond: number): void {
    const now = performance.now();
    this.#owed = Math.min(perSecond / 10, this.#owed + ((now - this.#lastMs) * perSecond) / 1_000);
    this.#lastMs = now;
    const share = Math.floor(this.#owed / Math.max(1, this.#sockets.size));
    for (const [socket, wanted] of this.#sockets) {
      const streams = [...wanted];
      if (streams.length === 0 || socket.bufferedAmount > WAITING_BYTES_MAX) continue;
      for (let count = 0; count < share; count++) socket.send(this.#frame(streams, now));
      this.#owed -= share;
      this.#sent += share;
    }
  }

  #frame(streams: readonly string[], now: number): string {
    const stream = streams[this.#next++ % streams.length] as string;
    const symbol = stream.slice(0, stream.indexOf('@')).toUpperCase();
    const id = (this.#ids.get(stream) ?? 1_000_000) + 1;
    this.#ids.set(stream, id);
    const cents = String(id % 100).padStart(2, '0');
    if (stream.endsWith('@bookTicker')) {
      return `{"stream":"${stream}","data":{"u":${id},"s":"${symbol}","b":"64123.${cents}000000","B":"0.51200000","a":"64124.${cents}000000","A":"1.20300000"}}`;
    }
    const time = Math.floor(performance.timeOrigin + now);
    return `{"stream":"${stream}","data":{"e":"aggTrade","E":${time},"s":"${symbol}","a":${id},"p":"64123.${cents}000000","q":"0.01500000","f":${id},"l":${id},"T":${time},"m":${id % 2 === 0},"M":true}}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const socket of this.#sockets.keys()) socket.terminate();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }
}

function isSent(stream: string): boolean {
  return /@(aggTrade|bookTicker)$/.test(stream);
}

serveWorker<FirehoseOptions>((options) => new Firehose().start(options));
