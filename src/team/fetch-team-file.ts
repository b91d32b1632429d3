import { DaypassError } from '../errors.ts';
import { bundleInUse, type CaBundle } from '../network/authorities.ts';
import { boundedFetch } from '../network/bounded-fetch.ts';
import { unreachable } from '../network/unreachable.ts';
import { printable } from '../terminal/printable.ts';

const mostRedirects = 5;

/**
 * Fetches a team's file through the company's network, with redirects on the same server alone. `shown` is the
 * address as messages show it, and `deadline` are the milliseconds to the last byte of all answers. Throws `team-file-unavailable`, and what `agentFor` throws.
 */
export async function fetchTeamFile(
  from: string,
  shown: string,
  caBundle?: CaBundle,
  deadline = 20_000,
): Promise<Uint8Array> {
  const end = performance.now() + deadline;
  let url = from;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await request(url, end - performance.now(), caBundle);
    const { status, headers } = response;
    const location = headers.get('location');
    if ([301, 302, 303, 307, 308].includes(status) && location !== null) {
      url = nextUrl(url, location, shown);
      continue;
    }
    if (status !== 200) throw unavailable(`${shown} answered ${status}`, statusHint(status));
    const content = new Uint8Array(await response.arrayBuffer());
    if (isWebPage(content)) throw unavailable(`${shown} answered with a web page`, readableHint);
    // fetch decodes a compressed body, but an agent does not.
    if (content[0] === 0x1f && content[1] === 0x8b)
      throw unavailable(
        `${shown} answered with compressed content`,
        'have its server send the file as it is',
      );
    return content;
  }
  throw unavailable(`${shown} redirects more than ${mostRedirects} times`, readableHint);
}

const readableHint =
  'a server that asks for a sign-in answers so: use the file\'s own address (on GitHub that of "Raw"), on a server that people in your network can read without a sign-in, or download the file and give its path';

async function request(url: string, left: number, caBundle: CaBundle | undefined): Promise<Response> {
  try {
    const headers = { accept: 'text/plain, application/json, */*', 'accept-encoding': 'identity' };
    return await boundedFetch(url, { headers }, { deadline: Math.max(1, left), caBundle });
  } catch (error) {
    const peer = `the server of the team's file at ${new URL(url).host}`;
    const bundle = bundleInUse(caBundle, process.env);
    throw unreachable('team-file-unavailable', { peer, url, setting: 'address', caBundle: bundle }, error);
  }
}

/** Returns where a redirect leads. Another server must not choose the profiles of a team. */
function nextUrl(url: string, location: string, shown: string): string {
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  if (next?.origin === new URL(url).origin && !next.username && !next.password) {
    next.hash = '';
    return next.href;
  }
  const where = next ? `${next.protocol}//${next.host}` : location;
  throw unavailable(
    `${shown} redirects to ${printable(where, 100)}, and daypass follows redirects only on the same server`,
    next?.protocol === 'https:' ? readableHint : 'use an address that does not redirect to another server',
  );
}

function statusHint(status: number): string {
  if (status === 404 || status === 410)
    return 'check the address; some servers answer so until you sign in: then download the file and give its path';
  if (status === 401 || status === 403 || status === 407) return readableHint;
  if (status === 429 || status >= 500)
    return 'try again in a few minutes; if it keeps happening, contact the person who maintains the file';
  return 'check the address, and the network (a captive portal or a proxy may be in the way)';
}

function isWebPage(content: Uint8Array): boolean {
  return /^[\s\uFEFF]*</.test(Buffer.from(content.subarray(0, 1024)).toString());
}

function unavailable(fault: string, hint: string): DaypassError {
  return new DaypassError('team-file-unavailable', fault, { hint });
}
