// The table at the end of `npm run test:sts`: each story with a real STS, its client and its result.
import { existsSync, readFileSync } from 'node:fs';

const product = 'daypass';
const cli = 'AWS CLI';
const sdk = 'JavaScript SDK';

/** The stories that must be in the table, each with its clients. */
export const stories = {
  'first sign-in': [product],
  'cache hit': [product],
  'objects are written and read': [cli, sdk],
  'session policy': [sdk],
  'silent renewal by the stored ID token': [cli],
  'silent renewal by the refresh token': [sdk],
  'status --verify without GetCallerIdentity': [product],
  logout: [product],
  'no identity provider in IAM': [product],
  'the commands of trust-policy': [cli],
  'no such role': [product],
  'role for another user': [product],
  'role for another audience': [product],
  'duration above the maximum of the role': [product],
  'duration within the maximum of the role': [product],
} satisfies Record<string, readonly Client[]>;

export type StoryName = keyof typeof stories;
export type Client = typeof product | typeof cli | typeof sdk;

/** What a story leaves in the file that the environment variable DAYPASS_TEST_TABLE names, one JSON line each. */
export interface Entry {
  story: StoryName;
  client: Client;
  passed: boolean;
}

/** Returns the table, and the stories that should be in it and are not. */
export function storyTable(file: string): { text: string; missing: string[] } {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const entries = lines.map((line): Entry => JSON.parse(line));
  const missing: string[] = [];
  const rows = [['story', 'client', 'result']];
  for (const [story, clients] of Object.entries(stories)) {
    for (const client of clients) {
      const found = entries.filter((entry) => entry.story === story && entry.client === client);
      if (found.length === 0) missing.push(`${story}, ${client}`);
      else rows.push([story, client, found.every(({ passed }) => passed) ? 'ok' : 'FAILED']);
    }
  }
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const text = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return { text: text.join('\n'), missing };
}
