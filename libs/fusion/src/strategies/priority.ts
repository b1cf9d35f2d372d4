import { chooseOne, type Strategy } from './strategy.ts';

/** The first source of the configured order that passes the gates; the next takes over when it does not. */
export const priority: Strategy = ({ survivors }) => {
  const [first] = survivors;
  if (first === undefined) throw new Error('no survivor to choose from');
  return chooseOne(survivors, first);
};
