import { runService } from '@concord/runtime';
import { runIngestor } from '@concord/sources';
import { ib } from './venue.ts';

await runService('ingestor-ib', (context) => runIngestor(context, ib));
