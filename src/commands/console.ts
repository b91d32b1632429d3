import { consoleLogin, consoleSite, signinTokenForm } from '../aws/console.ts';
import { consolePage } from '../aws/console-page.ts';
import type { AwsCredentials } from '../aws/process-credentials.ts';
import { openOneTimeLink, printInstead } from '../browser/one-time-link.ts';
import { openBrowser } from '../browser/open.ts';
import { obstacleToTab } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { DaypassError, type Hint } from '../errors.ts';
import { foreignReason, peerFacts } from '../loopback/peer-gate.ts';
import type { CaBundle } from '../network/authorities.ts';
import { boundedFetch } from '../network/bounded-fetch.ts';
import { unreachable } from '../network/unreachable.ts';
import { deferred } from '../process/deferred.ts';
import { obtainCredentials } from '../request/obtain-credentials.ts';
import { awsPartition, parseRoleArn } from '../settings/aws-partition.ts';
import { BadValue, parseEndpoint } from '../settings/parse-values.ts';
import { printable } from '../terminal/printable.ts';
import { writeOut } from '../terminal/terminal.ts';
import { chooseProfile } from './choose-profile.ts';
import type { Call } from './command.ts';

export const help = `daypass console [PROFILE] [--destination WHERE] [--print]

Opens the AWS console in the browser as this role, in the role's partition.

  --destination WHERE   open a service (s3), a path of the console (ec2/v2) or
                        an https address of it
  --print               print the address instead; anyone who has it can sign in
                        as this role for 15 minutes
  --federation-endpoint URL   use a private or test sign-in endpoint
`;

const consoleHelp: Hint = { command: 'daypass console --help' };

/** The milliseconds that a browser has to open the link. */
const patience = 60_000;

/** Signs a browser in to the console, or prints the address for it. Returns 0, throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const { options, switches, open } = call;
  const context = open(await chooseProfile(call));
  const { settings, env } = context;
  const partition = awsPartition(parseRoleArn(settings.roleArn)?.partition ?? '');
  const site = partition && consoleSite(partition);
  if (!site)
    throw usage(
      `AWS publishes no console sign-in for ${partition?.id}`,
      'sign in to the console of this partition directly',
    );
  const destination = options.get('destination');
  const found = consolePage(site, settings.region, destination);
  if ('fault' in found) {
    const { fault, near } = found;
    const advice = `did you mean ${near.join(' or ')}? any other page needs its https address; for help`;
    throw usage(
      `--destination ${fault}, not "${printable(destination ?? '')}"`,
      near.length > 0 ? { advice, ...consoleHelp } : consoleHelp,
    );
  }
  const { page } = found;
  const endpoint = endpointOf(options.get('federation-endpoint')) ?? `https://${site.federation}/federation`;
  const print = switches.has('print');
  const obstacle = print ? undefined : obstacleToTab(settings, env);
  if (obstacle) {
    const hint = { command: `daypass console ${settings.signInFlags} --print` };
    throw new DaypassError('browser-not-started', `no browser may be opened here: ${obstacle}`, { hint });
  }
  const { credentials } = await obtainCredentials(context);
  const address = consoleLogin(endpoint, await signinToken(endpoint, credentials, settings.caBundle), page);
  if (print) {
    writeOut(`${address}\n`);
    return 0;
  }
  const { link, used, alone, close } = await openOneTimeLink(address, (peer) => {
    context.log('peer', peerFacts(peer));
    if (peer.kind === 'foreign') writeOut(`${foreignReason(peer)}, so it was rejected\n${printInstead}\n`);
  });
  try {
    await openUntilUsed(context, link, used);
    await alone;
  } finally {
    close();
  }
  writeOut(`opened the AWS console as ${parseRoleArn(settings.roleArn)?.name}\n`);
  return 0;
}

/** Opens the link and waits until a browser uses it. Throws `browser-not-started`. */
async function openUntilUsed({ settings, umask }: Context, link: string, used: Promise<void>): Promise<void> {
  const { promise: failed, reject } = deferred<never>();
  const hint = 'run the command again with --print, and open the address yourself';
  const late = new DaypassError('browser-not-started', 'the browser did not open the link in time', { hint });
  const timer = setTimeout(() => reject(late), patience);
  openBrowser(settings.browser, link, { umask, onFailure: reject }).catch(reject);
  writeOut(`your browser opens; if it does not, open this link:\n${link}\n`);
  try {
    await Promise.race([used, failed]);
  } finally {
    clearTimeout(timer);
  }
}

/** Exchanges credentials for a token. Throws `unsafe-environment`, `sts-unreachable` and `sts-failed`. */
async function signinToken(
  endpoint: string,
  credentials: AwsCredentials,
  caBundle: CaBundle | undefined,
): Promise<string> {
  let response: Response;
  try {
    response = await boundedFetch(
      endpoint,
      { method: 'POST', body: signinTokenForm(credentials) },
      { caBundle },
    );
  } catch (cause) {
    const peer = `the console's sign-in at ${new URL(endpoint).host}`;
    throw unreachable('sts-unreachable', { peer, url: endpoint, setting: 'region', caBundle }, cause);
  }
  const body = (await response.json().catch(() => undefined)) as { SigninToken?: unknown } | undefined;
  if (!response.ok || typeof body?.SigninToken !== 'string') {
    const advice = 'try again in a few minutes; if it keeps happening, to check the credentials';
    const fault = `the console's sign-in returned no token (${response.status})`;
    throw new DaypassError('sts-failed', fault, { hint: { advice, command: 'daypass status --verify' } });
  }
  return body.SigninToken;
}

/** Parses the flag. No variable sets it: that could send credentials elsewhere. Throws `usage`. */
function endpointOf(value: string | undefined): string | undefined {
  try {
    return value && parseEndpoint(value);
  } catch (error) {
    if (error instanceof BadValue) throw usage(`--federation-endpoint ${error.message}`, consoleHelp);
    throw error;
  }
}

function usage(fault: string, hint: string | Hint): DaypassError {
  return new DaypassError('usage', fault, { hint });
}
