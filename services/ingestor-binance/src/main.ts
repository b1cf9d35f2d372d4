import { runService } from '@concord/runtime';
import { runIngestor } from '@concord/sources';
import { binance } from './venue.ts';

await runService('ingestor-binance', (context) => runIngestor(context, binance));
