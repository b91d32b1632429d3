/** Returns whole units of a time in milliseconds: `45 s`, `59 min`, from 120 min on `2 h 5 min`, from 48 h on `3 days`. */
export function timeSpan(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${seconds} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** Returns how far two clocks are apart, in either direction: up to 120 s to the second, else to the nearest minute. */
export function clockDifference(seconds: number): string {
  const apart = Math.abs(seconds);
  return apart < 120 ? `${apart} s` : timeSpan(Math.round(apart / 60) * 60_000);
}
