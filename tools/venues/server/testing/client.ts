import { until } from '@concord/testkit';
import { WebSocket, type ClientOptions } from 'ws';

/** A WebSocket client for tests that keeps every frame it got. */
export class TestClient implements AsyncDisposable {
  readonly frames: string[] = [];
  readonly closed: Promise<number>;
  pings = 0;
  readonly #ws: WebSocket;

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('message', (data) => this.frames.push((data as Buffer).toString('utf8')));
    ws.on('ping', () => this.pings++);
    ws.on('error', () => undefined);
    this.closed = new Promise((resolve) => ws.on('close', resolve));
  }

  /** Resolves when open; rejects when the upgrade is refused. */
  static async connect(url: string, options: ClientOptions = {}): Promise<TestClient> {
    const ws = new WebSocket(url, options);
    const client = new TestClient(ws);
    await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
    return client;
  }

  send(message: unknown): void {
    this.#ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  pong(payload: string): void {
    this.#ws.pong(payload);
  }

  pause(): void {
    this.#ws.pause();
  }

  parsed(): unknown[] {
    return this.frames.map((frame) => JSON.parse(frame) as unknown);
  }

  /** The first frame that `isWanted`, however long it takes (at most 20 s). */
  async waitFor(isWanted: (frame: string) => boolean): Promise<string> {
    let looked = 0;
    let found: string | undefined;
    await this.until(() => {
      while (found === undefined && looked < this.frames.length) {
        const frame = this.frames[looked++] ?? '';
        if (isWanted(frame)) found = frame;
      }
      return found !== undefined;
    });
    return found ?? '';
  }

  async until(holds: () => boolean): Promise<void> {
    await until('the frames', holds, { everyMs: 10, told: () => `${this.frames.length} frames came` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ws.terminate();
    await this.closed;
  }
}
