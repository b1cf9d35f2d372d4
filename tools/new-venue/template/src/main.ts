import { runService } from '@concord/runtime';
import { runIngestor } from '@concord/sources';
import { exampleModule } from './venue.ts';

await runService('ingestor-example', (context) => runIngestor(context, exampleModule));
