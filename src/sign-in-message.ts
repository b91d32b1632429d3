import { parseRoleArn } from './settings/aws-partition.ts';
import type { Settings } from './settings/settings.ts';

/** What a person reads on the terminal while a sign-in is open. */
export function signInMessage({ profile, roleArn }: Settings, link: string, browser: boolean): string {
  const role = parseRoleArn(roleArn);
  const how = browser ? 'in the browser; if no tab opens, use this link' : 'with this link';
  return `daypass: sign in as ${profile} (${role?.name}, account ${role?.account}) ${how}:\n  ${link}\n`;
}
