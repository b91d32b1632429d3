import { libfaketime } from './system-packages.ts';

/** The environment of a process whose clock is ahead, as in '+3h' or '-1h'. */
export function later(offset: string): Record<string, string> {
  return { LD_PRELOAD: libfaketime, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

/** The environment of a process for which all time runs faster, deadlines included. */
export function faster(times: number): Record<string, string> {
  return { LD_PRELOAD: libfaketime, FAKETIME: `+0 x${times}` };
}
