import { runService } from '@concord/runtime';
import { runIngestor } from '@concord/sources';
import { okx } from './venue.ts';

await runService('ingestor-okx', (context) => runIngestor(context, okx));
