import { serveStage } from '@concord/kafka';
import { runService } from '@concord/runtime';
import { ValidatorMetrics } from './metrics.ts';
import { validatorStage } from './stage.ts';

await runService('validator', (context) => {
  const metrics = new ValidatorMetrics(context.metrics);
  return serveStage(context, (codec) => validatorStage(codec, metrics));
});
