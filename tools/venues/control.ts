import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const MAX_BODY_BYTES = 64 * 1024;

export interface ControlOptions {
  readonly stats: () => unknown;
  /** Throws `RangeError` when the command makes no sense. */
  readonly fault: (command: unknown) => void;
}

/** Lets other processes command faults and read figures: `POST /control/fault`, `GET /control/stats`. */
export class ControlServer implements AsyncDisposable {
  readonly #options: ControlOptions;
  readonly #http = createServer((request, response) => void this.#handle(request, response));

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /** Its address once listening. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    try {
      const text = await bodyOf(request);
      if (request.method === 'GET' && request.url === '/control/stats') answer(200, this.#options.stats());
      else if (request.method === 'POST' && request.url === '/control/fault') {
        this.#options.fault(JSON.parse(text));
        answer(200, { ok: true });
      } else answer(404, { error: 'GET /control/stats or POST /control/fault' });
    } catch (error) {
      answer(400, { error: error instanceof Error ? error.message : String(error) });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await closed;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) throw new RangeError('the command is too long');
  }
  return text;
}
