import { serveStage } from '@concord/kafka';
import { runService } from '@concord/runtime';
import { aggregatorStage } from './stage.ts';

await runService('aggregator', (context) => serveStage(context, (codec) => aggregatorStage(codec)));
