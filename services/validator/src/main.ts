import { serveStage } from '@concord/kafka';
import { runService } from '@concord/runtime';
import { validatorStage } from './stage.ts';

await runService('validator', (context) => serveStage(context, validatorStage));
