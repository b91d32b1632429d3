import { isRemote } from '../browser/desktop.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import type { SignInLink } from './protocol.ts';

/** Returns the text for the terminal of a person while a sign-in is open. */
export function signInMessage(settings: Settings, event: SignInLink, env: NodeJS.ProcessEnv): string {
  const head = signInHead(settings);
  const { link, browser, userCode } = event;
  if (userCode) {
    // RFC 8628 3.3.1: the person compares a code that the link has.
    const todo = hasCode(link, userCode)
      ? 'confirm there that the code is'
      : 'type in this code, there and nowhere else:';
    return `${head}  on any device, open ${link}\n  and ${todo} ${userCode}\n`;
  }
  const remote = isRemote(env);
  const login = `daypass login ${settings.signInFlags}`;
  if (browser) {
    // BROWSER of a remote shell can name a helper that reaches the person's own browser, or one that does not.
    const otherwise =
      remote && !settings.browser
        ? `  if nothing opens on your own machine, run: ${login} --browser none\n`
        : '';
    return `${head}  your browser opens; if it does not, use ${link}\n${otherwise}`;
  }
  const elsewhere = `  the browser of your own machine cannot open this link directly; run: ${login}\n`;
  return `${head}  open this link in a browser of this machine: ${link}\n${remote ? elsewhere : ''}`;
}

function hasCode(link: string, userCode: string): boolean {
  const bare = (text: string) => text.replace(/[\s-]/g, '').toUpperCase();
  return [...new URL(link).searchParams.values()].some((value) => bare(value) === bare(userCode));
}

/** Returns the first line of that text. */
export function signInHead({ profile, roleArn }: Settings): string {
  const role = parseRoleArn(roleArn);
  return `daypass: signing in as ${profile}: role ${role?.name}, account ${role?.account}\n`;
}
