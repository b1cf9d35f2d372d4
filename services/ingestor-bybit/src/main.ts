import { runService } from '@concord/runtime';
import { runIngestor } from '@concord/sources';
import { bybit } from './venue.ts';

await runService('ingestor-bybit', (context) => runIngestor(context, bybit));
