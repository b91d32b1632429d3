import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Call, FaultStage } from './fault.ts';

/** Makes the call `act`, and asserts that no process of it grows beyond 200 MB. */
export async function inSmallProcesses(
  stage: FaultStage,
  act: (stage: FaultStage) => Promise<Call>,
): Promise<Call> {
  let peak = 0;
  const poll = setInterval(() => {
    for (const { pid } of stage.sandbox.processes()) peak = Math.max(peak, residentMegabytes(pid));
  }, 20);
  const call = await act(stage).finally(() => clearInterval(poll));
  assert.ok(peak > 20 && peak < 200, `${peak} MB`);
  return call;
}

function residentMegabytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}
