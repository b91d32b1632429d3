import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';

/** Returns a sentence about this machine and its present load. */
export function describeMachine(pairs: number): string {
  const [processor] = cpus();
  const model = processor?.model.trim() || 'an unknown processor';
  const [load = 0] = loadavg();
  const memory = Math.round(totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}: ${type()} ${release()} ${arch()}, ${cpus().length} × ${model}, ${memory} GiB, Node ${process.version}, ${pairs} pairs, load average ${load.toFixed(1)} before the run.`;
}
