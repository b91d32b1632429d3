import { isRemote } from '../browser/desktop.ts';
import { reasons } from '../session/summary.ts';
import { parseRoleArn, shownAccount } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { wrapped } from '../terminal/columns.ts';
import { personPatience, type SignInLink, type SignInReason } from './protocol.ts';

/** How a call waits for a sign-in. */
export interface Wait {
  /** Milliseconds. */
  patience: number;
  /** The sign-in was open before this call came. */
  joined: boolean;
  /** ^C at the terminal reaches this process. */
  foreground: boolean;
  /** The columns of the terminal. */
  width: number;
}

/** Returns the text for the terminal of a person while a sign-in is open. */
export function signInMessage(
  settings: Settings,
  event: SignInLink,
  env: NodeJS.ProcessEnv,
  wait: Wait,
): string {
  const { width } = wait;
  // The link has its own line, so that a double click copies it, and nothing else.
  const lines = [...linkLines(settings, event, env), waitLine(wait)].flatMap((line) =>
    line.includes('://') || line.includes('run: ') ? [line] : wrapped(line, width - 2),
  );
  return `${signInHead(settings, event.reason, width)}${lines.map((line) => `  ${line}\n`).join('')}`;
}

function linkLines(settings: Settings, { link, browser, userCode }: SignInLink, env: NodeJS.ProcessEnv) {
  if (userCode) {
    // RFC 8628 3.3.1: the person compares a code that the link has.
    const todo = hasCode(link, userCode)
      ? 'confirm there that the code is'
      : 'type in this code, there and nowhere else:';
    return ['on any device, open this link:', link, `and ${todo} ${userCode}`];
  }
  const remote = isRemote(env);
  const login = `daypass login ${settings.signInFlags}`;
  if (browser) {
    // BROWSER of a remote shell can name a helper that reaches the person's own browser, or one that does not.
    const otherwise =
      remote && !settings.browser
        ? [`if nothing opens on your own machine, run: ${login} --browser none`]
        : [];
    return ['your browser opens; if it does not, open this link:', link, ...otherwise];
  }
  const elsewhere = remote ? [`your own machine cannot open it; run: ${login}`] : [];
  return ['open this link in a browser of this machine:', link, ...elsewhere];
}

function hasCode(link: string, userCode: string): boolean {
  const bare = (text: string) => text.replace(/[\s-]/g, '').toUpperCase();
  return [...new URL(link).searchParams.values()].some((value) => bare(value) === bare(userCode));
}

/** Returns the first lines of that text: for which role a person signs in, and why. */
export function signInHead(
  { profile, roleArn }: Settings,
  reason: SignInReason | undefined,
  width: number,
): string {
  const role = parseRoleArn(roleArn);
  const head = `daypass: signing in as ${profile}: role ${role?.name}, account ${shownAccount(role?.account ?? '')}`;
  const [first = '', ...rest] = wrapped(head, width - 2);
  const why = reason ? wrapped(`why: ${causes[reason]}`, width - 2) : [];
  return [first, ...[...rest, ...why].map((line) => `  ${line}`), ''].join('\n');
}

const causes: Readonly<Record<SignInReason, string>> = {
  ...reasons,
  'no-sign-in': 'you are not signed in',
  'no-refresh-token': 'your session has expired, and has no refresh token',
  forced: 'you asked for a new sign-in',
};

/** Returns how long this call waits, and how to end that where ^C reaches it. */
export function waitLine({ patience, joined, foreground }: Omit<Wait, 'width'>): string {
  const minutes = `${personPatience / 60_000} minutes`;
  const waits =
    patience < personPatience
      ? `daypass waits up to ${Math.round(patience / 1000)} s; the sign-in stays open for ${minutes}`
      : `daypass waits up to ${minutes}`;
  return foreground ? `${waits}; ^C ${joined ? 'ends this wait' : 'cancels'}` : waits;
}
