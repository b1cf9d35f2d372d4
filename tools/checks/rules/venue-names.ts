import type { Rule } from '../rule.ts';

const VENUE = /binance|coinbase|kraken|okx|bybit|interactive[ -_]?brokers/gi;

export const venueNames: Rule = {
  name: 'venue-names',
  promise: 'no venue is named in libs',
  *find(project) {
    for (const [path, text] of project.texts()) {
      // Generated types repeat the schemas' documentation, which gives examples; a test may play a real venue's record.
      if (!path.startsWith('libs/') || /\.(test|generated)\.ts$/.test(path)) continue;
      for (const [index, line] of text.split('\n').entries()) {
        for (const [venue] of line.matchAll(VENUE)) {
          yield {
            path,
            line: index + 1,
            message: `names ${venue}; what is a venue's own belongs to services/ingestor-*`,
          };
        }
      }
    }
  },
};
