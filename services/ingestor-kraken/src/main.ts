import { runService } from '@concord/runtime';
import { runIngestor } from '@concord/sources';
import { kraken } from './venue.ts';

await runService('ingestor-kraken', (context) => runIngestor(context, kraken));
