/** What a notice of the venue calls for. */
export const NOTICE_EFFECTS = {
  lost: 'TWS has lost the venue: the source is down until it is back, the connection is kept',
  back: 'it serves on; what was missed is fetched',
  'back-empty': 'everything is asked for again; what was missed is fetched',
  'farm-lost': 'the streams concerned are stale',
  'farm-back': 'they are not any more; what was missed is fetched',
  end: 'the connection is made anew',
  'id-taken': 'the connection is made anew with the next client id',
  refused: 'the streams of the request are rejected for this session',
  'try-later': 'it is asked for again after 15 s, and later each further time',
  'taken-away':
    'it is cancelled, since it may count among the lines of the account, and asked for again as above',
  'not-subscribed':
    'delayed data are asked for, or samples instead of tick-by-tick data, or the streams are rejected',
  'no-tick-by-tick':
    'it is asked for once more after 15 s; then samples are taken, and it is tried for now and then',
  'id-in-use': 'it is asked for again under another number',
  none: 'nothing',
} as const;
export type NoticeEffect = keyof typeof NOTICE_EFFECTS;

/** Notices by code, with what each calls for and what it means (https://interactivebrokers.github.io/tws-api/message_codes.html, 2026-11). */
export const NOTICES: Readonly<Record<number, readonly [effect: NoticeEffect, meaning: string]>> = {
  100: ['try-later', 'more than 50 messages in a second'],
  101: ['try-later', 'more lines of market data than the account has'],
  102: ['id-in-use', 'the number of a request is in use'],
  162: ['try-later', 'history: asked too often, or nothing there, which is an empty answer'],
  165: ['none', 'history: news of a query'],
  200: ['refused', 'no such contract'],
  300: ['none', 'what is cancelled is not known'],
  310: ['none', 'a book that is cancelled is not known'],
  317: ['none', 'a book begins anew'],
  321: ['refused', 'the request is not valid'],
  326: ['id-taken', 'the client id is in use'],
  354: ['not-subscribed', 'live data are not subscribed'],
  366: ['none', 'a historical query that is cancelled is not known'],
  420: ['try-later', 'real-time data: asked too often'],
  502: ['end', 'TWS cannot be reached'],
  504: ['end', 'not connected; one that names a request has it asked for later'],
  1100: ['lost', 'TWS has lost the venue'],
  1101: ['back-empty', 'TWS has found it again and forgotten the requests'],
  1102: ['back', 'TWS has found it again and kept the requests'],
  1300: ['end', 'TWS moves to another port, which the source follows'],
  2100: ['none', 'account data go to another client'],
  2103: ['farm-lost', 'a farm of market data is cut off'],
  2104: ['farm-back', 'it serves'],
  2105: ['farm-lost', 'a farm of history is cut off'],
  2106: ['farm-back', 'it serves'],
  2107: ['none', 'a farm of history rests until it is asked'],
  2108: ['none', 'a farm of market data rests until it is asked'],
  2110: ['lost', 'TWS is not connected to the venue'],
  2119: ['none', 'a farm is being connected'],
  2157: ['none', 'the farm of definitions is cut off'],
  2158: ['none', 'it serves'],
  2174: ['none', 'a time without a zone'],
  10089: ['not-subscribed', 'live data need a subscription for the API'],
  10090: ['none', 'a part is not subscribed; the rest comes'],
  10091: ['not-subscribed', 'a part needs a subscription for the API'],
  10167: ['none', 'delayed data come instead of live ones'],
  10168: ['not-subscribed', 'live data are not subscribed and delayed ones not enabled'],
  10186: ['not-subscribed', 'live data are not subscribed and there are no delayed ones'],
  10187: ['try-later', 'past ticks: asked too often'],
  10189: ['no-tick-by-tick', 'tick-by-tick data cannot be had, or were asked for twice within 15 s'],
  10190: ['no-tick-by-tick', 'more tick-by-tick lines than the account has'],
  10197: ['taken-away', 'another session of the user has the live data'],
};

/** What a notice calls for. One that is not known refuses the request it names, but for 2100 to 2199, which are warnings. */
export function effectOf(code: number, text: string, request: number | null): NoticeEffect {
  // "Error processing request": of what, only the words tell.
  if (code === 322) return /duplicate/i.test(text) ? 'id-in-use' : 'try-later';
  // Told of one request, the connection is there: TWS has lost the venue, or is about to say so.
  if (code === 504 && request !== null) return 'try-later';
  return NOTICES[code]?.[0] ?? (request === null || (code >= 2_100 && code < 2_200) ? 'none' : 'refused');
}

/** Whether notice 162 says that there is nothing in the time that was asked for, rather than that it was asked too often. */
export function saysNoData(text: string): boolean {
  return /no data/i.test(text);
}

/** The port that notice 1300 names, where it does. */
export function newPortOf(text: string): number | undefined {
  const port = Number(/port\D*(\d{2,5})\D*$/i.exec(text)?.[1]);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

/** The farm that notices 2103 to 2106 name, after a colon; empty where they name none. */
export function farmNameOf(text: string): string {
  return /:\s*(\S+)\s*$/.exec(text)?.[1] ?? '';
}
