import { type SettingName, settingNames, settingOf, spellings } from '../settings/setting-table.ts';
import { writeOut } from '../terminal/terminal.ts';

const hasFlag = (name: SettingName) => spellings(name).flag !== undefined;
const [first = '', second = '', ...others] = settingNames.filter((name) => !hasFlag(name)).map(withoutFlag);

// Two share a line, since the list has to fit a screen.
export const help = `Settings: flag, environment, --env-file FILE, profile in ~/.aws/config, default
${settingNames.filter(hasFlag).map(row).join('')}  ${first.padEnd(46)}${second}
${others.map((other) => `  ${other}\n`).join('')}`;

function row(name: SettingName): string {
  const { flag = '', env, key } = spellings(name);
  const { takes, fallback } = settingOf(name);
  const option = [flag, takes].filter(Boolean).join(' ');
  const shown = fallback === undefined ? key : `${key} (${fallback})`;
  return `  ${option.padEnd(26)}${(env[0] ?? '').padEnd(26)}${shown}\n`;
}

function withoutFlag(name: SettingName): string {
  const { env, key } = spellings(name);
  return `${env[0]} ${key}`;
}

/** Prints every setting with its spellings. Returns the exit code. */
export async function run(): Promise<number> {
  writeOut(help);
  return 0;
}
