import { type SettingName, settingNames, settingOf, spellings } from '../settings/setting-table.ts';
import { writeOut } from '../terminal/terminal.ts';

/** Returns whether all AWS clients have this setting, so that its key is that of its variable without AWS_. */
const isOfAws = (name: SettingName) => spellings(name).env[0] === `AWS_${spellings(name).key.toUpperCase()}`;
const ofAws = settingNames.filter((name) => isOfAws(name) && spellings(name).flag === undefined);
const [firstOfAws = ''] = ofAws.map((name) => spellings(name).key);

// These share a line, since the list has to fit a screen.
export const help = `Settings: flag, environment, --env-file FILE, profile in ~/.aws/config, default
${settingNames
  .filter((name) => !ofAws.includes(name))
  .map(row)
  .join('')}  ${ofAws.map((name) => spellings(name).env[0]).join(' ')}: ${firstOfAws}, …
`;

function row(name: SettingName): string {
  const { flag, env, key } = spellings(name);
  const { takes, fallback } = settingOf(name);
  const option = flag ? [flag, takes].filter(Boolean).join(' ') : '(no flag)';
  const shown = fallback === undefined ? key : `${key} (${fallback})`;
  return `  ${option.padEnd(26)}${(env[0] ?? '').padEnd(26)}${shown}\n`;
}

/** Prints every setting with its spellings. Returns the exit code. */
export async function run(): Promise<number> {
  writeOut(help);
  return 0;
}
