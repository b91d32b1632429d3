import { parseRoleArn } from './settings/aws-partition.ts';
import type { Settings } from './settings/settings.ts';

/** What a person reads on the terminal while a sign-in is open. */
export function signInMessage({ profile, roleArn }: Settings, link: string, browser: boolean): string {
  const role = parseRoleArn(roleArn);
  const how = browser
    ? 'your browser opens; if it does not, use'
    : 'open this link in a browser of this machine:';
  return `daypass: signing in as ${profile}: role ${role?.name}, account ${role?.account}\n  ${how} ${link}\n`;
}
