import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { LocalPartsError } from './errors.ts';

const PORT_MIN = 10_000;
const ATTEMPTS_MAX = 200;

/**
 * Ports below the range from which the kernel gives clients their own: a client that reconnects to a stopped part in that range may be given the
 * very port as its own, connect to itself, and keep the part from ever coming back.
 */
export function portMax(range: string | undefined): number {
  const low = Number(range?.trim().split(/\s+/)[0]);
  return Number.isInteger(low) && low > PORT_MIN + 1_000 ? low - 1 : 32_767;
}

function ephemeralRange(): string | undefined {
  try {
    return readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  } catch {
    return undefined;
  }
}

/** True when the port can be listened on at 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** As many distinct free ports as asked, those of `preferred` first when they are free. */
export async function freePorts(count: number, preferred: readonly number[] = []): Promise<number[]> {
  const max = portMax(ephemeralRange());
  const found: number[] = [];
  const take = async (port: number): Promise<void> => {
    if (!found.includes(port) && (await isFree(port))) found.push(port);
  };
  for (const port of preferred) if (found.length < count) await take(port);
  for (let attempt = 0; found.length < count; attempt += 1) {
    if (attempt === ATTEMPTS_MAX)
      throw new LocalPartsError('PART_NOT_STARTED', 'no free port was found on 127.0.0.1');
    await take(PORT_MIN + Math.floor(Math.random() * (max - PORT_MIN)));
  }
  return found;
}
