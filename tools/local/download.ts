import { createWriteStream, renameSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { LocalPartsError } from './errors.ts';
import { verifyFile } from './store.ts';

const ATTEMPTS_MAX = 3;
const IDLE_TIMEOUT_MS = 30_000;
const PAUSE_MS = 500;

/** Proxies come from HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as for every other client. */
function dispatcher(): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({ headersTimeout: IDLE_TIMEOUT_MS, bodyTimeout: IDLE_TIMEOUT_MS });
}

async function attempt<T>(
  url: string,
  signal: AbortSignal | undefined,
  use: (body: Awaited<ReturnType<typeof fetch>>) => Promise<T>,
): Promise<T> {
  const agent = dispatcher();
  try {
    const response = await fetch(url, { dispatcher: agent, ...(signal === undefined ? {} : { signal }) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await use(response);
  } finally {
    await agent.close().catch(() => undefined);
  }
}

async function withRetries<T>(
  url: string,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await run();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof LocalPartsError) throw error;
      if (tried === ATTEMPTS_MAX) {
        const cause = error instanceof Error ? (error.cause ?? error) : error;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new LocalPartsError(
          'FETCH_FAILED',
          `${url} could not be fetched (${reason}): check the network`,
          { cause },
        );
      }
      await delay(PAUSE_MS * tried);
    }
  }
}

/**
 * Fetches a file whose content is known beforehand; it appears under its name only when it is whole and has the pinned hash.
 * @throws LocalPartsError FETCH_FAILED after three attempts, HASH_MISMATCH at once
 */
export function downloadFile(url: string, path: string, sha256: string, signal?: AbortSignal): Promise<void> {
  return withRetries(url, signal, async () => {
    const draft = `${path}.part`;
    await attempt(url, signal, async ({ body }) => {
      if (body === null) throw new Error('no content');
      await pipeline(Readable.fromWeb(body), createWriteStream(draft));
    });
    await verifyFile(draft, sha256);
    renameSync(draft, path);
  });
}

/** Fetches a page as text. */
export function downloadText(url: string, signal?: AbortSignal): Promise<string> {
  return withRetries(url, signal, () => attempt(url, signal, (response) => response.text()));
}
