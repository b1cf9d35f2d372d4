/** Replaces `host`, wherever it stands in a library's addresses, by `to`, and with it the scheme by the one without TLS. */
export function redirect(urls: Record<string, unknown>, host: RegExp, to: string): void {
  for (const [key, value] of Object.entries(urls)) {
    if (typeof value === 'object' && value !== null) redirect(value as Record<string, unknown>, host, to);
    else if (typeof value === 'string') {
      urls[key] = value.replace(
        host,
        (_, scheme: string) => `${scheme.startsWith('ws') ? 'ws' : 'http'}://${to}`,
      );
    }
  }
}
