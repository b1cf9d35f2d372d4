import type { RawTrade } from '@concord/codec';
import type { ParserContext } from '../frame/frame.ts';
import { tradeRecord, type TradeFields } from '../frame/records.ts';
import type { Listing } from '../listing.ts';

type Told = 'receiveTime' | 'eventTime' | 'precision' | 'price' | 'size' | 'side';

/** A trade of the past in the common format, as `tradeRecord` makes it: of origin BACKFILL, and a single one unless `fields` say otherwise. */
export function pastTradeRecord(
  context: ParserContext,
  listing: Listing,
  id: string,
  fields: Pick<TradeFields, Told> & Partial<Pick<TradeFields, 'idKind' | 'fills' | 'venueSequence'>>,
): RawTrade {
  return tradeRecord(context, listing, {
    venueSequence: null,
    idKind: 'TRADE',
    fills: null,
    ...fields,
    origin: 'BACKFILL',
    firstId: id,
    lastId: id,
  });
}
