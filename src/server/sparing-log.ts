/** Returns a function that counts each reason, and logs its 1st, 10th, 100th, … time, so that no flood fills the disk. */
export function sparingly(log: (facts: { why: string; times: number }) => void): (why: string) => void {
  const counts = new Map<string, number>();
  return (why) => {
    const times = (counts.get(why) ?? 0) + 1;
    counts.set(why, times);
    if (/^10*$/.test(String(times))) log({ why, times });
  };
}
