export interface Random {
  /** Returns a number below `limit`. */
  (limit: number): number;
  whole(limit: number): number;
  pick<Value>(values: readonly Value[]): Value;
}

/** Returns a generator whose numbers depend only on the seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed;
  const random = (limit: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit;
  };
  const whole = (limit: number) => Math.floor(random(limit));
  return Object.assign(random, {
    whole,
    pick: <Value>(values: readonly Value[]) => values[whole(values.length)] as Value,
  });
}

/** The seed of this run: DAYPASS_SEED, else a random one. In CI it is fixed: only a change can make CI fail. */
export const seed = Number(
  process.env.DAYPASS_SEED || (process.env.CI === 'true' ? 7 : Date.now() % 1_000_000),
);
