import type { Measurement, ProgramName } from './figure.ts';

/** Runs once and returns the cost. */
export type Run<Cost = number> = () => Promise<Cost>;

export interface Pair<Cost = number> {
  subject: Cost;
  unit: Cost;
}

type Subjects<Cost> = Readonly<Partial<Record<ProgramName, Run<Cost>>>>;

/**
 * Runs each subject in pairs with the unit. The subjects take turns, so that a change of the machine's speed
 * affects all of them. The order within a pair alternates. The first pair of each subject is not counted,
 * because it warms up files and servers.
 */
export async function runPairs<Cost = number>(
  count: number,
  subjects: Subjects<Cost>,
  unit: Run<Cost>,
): Promise<[program: ProgramName, pairs: Pair<Cost>[]][]> {
  const results = Object.entries(subjects).map(([name, subject]) => ({
    name: name as ProgramName,
    subject,
    pairs: [] as Pair<Cost>[],
  }));
  for (let pair = 0; pair <= count; pair++) {
    for (const { subject, pairs } of results) {
      const unitFirst = pair % 2 === 1 ? await unit() : undefined;
      const ofSubject = await subject();
      const ofUnit = unitFirst ?? (await unit());
      if (pair > 0) pairs.push({ subject: ofSubject, unit: ofUnit });
    }
  }
  return results.map(({ name, pairs }) => [name, pairs]);
}

/** Runs the pairs and returns a line of ratios for each subject. The costs are in milliseconds. */
export async function ratios(
  name: string,
  count: number,
  subjects: Subjects<number>,
  unit: Run,
  note?: string,
): Promise<Measurement[]> {
  const results = await runPairs(count, subjects, unit);
  return results.map(([program, pairs]) => ({
    name,
    program,
    values: pairs.map(({ subject, unit }) => subject / unit),
    milliseconds: pairs.map(({ subject }) => subject),
    ...(note === undefined ? {} : { note }),
  }));
}
