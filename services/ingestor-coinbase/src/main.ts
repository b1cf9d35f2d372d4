import { runService } from '@concord/runtime';
import { runIngestor } from '@concord/sources';
import { coinbase } from './venue.ts';

await runService('ingestor-coinbase', (context) => runIngestor(context, coinbase));
