/** Runs once and returns the cost in milliseconds or another unit. */
export type Run = () => Promise<number>;

export interface Pairs {
  /** Subject ÷ unit of each pair. */
  ratios: number[];
  subject: number[];
  unit: number[];
}

/**
 * Runs subject and unit in turn, A B B A A B …, because changes of the machine's speed then affect both of a
 * pair. The first pair is not counted: it warms up files and servers.
 */
export async function runPairs(count: number, subject: Run, unit: Run): Promise<Pairs> {
  const pairs: Pairs = { ratios: [], subject: [], unit: [] };
  for (let pair = 0; pair <= count; pair++) {
    const [first, second] = pair % 2 === 0 ? [subject, unit] : [unit, subject];
    const costs = [await first(), await second()] as const;
    const [ofSubject, ofUnit] = pair % 2 === 0 ? costs : [costs[1], costs[0]];
    if (pair === 0) continue;
    pairs.subject.push(ofSubject);
    pairs.unit.push(ofUnit);
    pairs.ratios.push(ofSubject / ofUnit);
  }
  return pairs;
}
