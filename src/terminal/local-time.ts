/** Milliseconds within which a time of a clock is clear without its date; AWS sessions are no longer. */
const clear = 12 * 3600_000;

/**
 * Returns a time of this machine with its zone, such as `14:15 UTC+1`, and with its date, if it is 12 hours away from
 * `now`. Both are in milliseconds. Node's names of zones depend on the language, and cost 13 ms.
 */
export function localTime(at: number, now = Date.now()): string {
  const time = new Date(at);
  const clock = `${two(time.getHours())}:${two(time.getMinutes())} ${zone(-time.getTimezoneOffset())}`;
  if (Math.abs(at - now) <= clear) return clock;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}

/** Returns a zone that is these minutes ahead of UTC. */
function zone(ahead: number): string {
  if (ahead === 0) return 'UTC';
  const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
  return `UTC${ahead < 0 ? '-' : '+'}${hours}${minutes > 0 ? `:${two(minutes)}` : ''}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
