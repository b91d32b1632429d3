/** Admits a limited number at a time, in the order in which they came. */
export interface Turns {
  /** Waits for a place, and returns the function that gives it back. */
  enter(): Promise<() => void>;
}

export function turnsFor(places: number): Turns {
  const waiting: (() => void)[] = [];
  let free = places;
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return {
    async enter() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let entered = true;
      return () => {
        if (entered) leave();
        entered = false;
      };
    },
  };
}
