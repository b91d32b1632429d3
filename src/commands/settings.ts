import { settingNames, settingOf, spellings } from '../settings/setting-table.ts';
import { writeOut } from '../terminal/terminal.ts';

const rows = settingNames.map((name) => {
  const { flag, env, key } = spellings(name);
  const { takes, fallback } = settingOf(name);
  const option = flag ? [flag, takes].filter(Boolean).join(' ') : '(no flag)';
  return [option, env[0] ?? '', fallback === undefined ? key : `${key} (${fallback})`];
});

export const help = `Settings: flag, else environment, else profile in ~/.aws/config, else default
${rows.map(([option = '', variable = '', key]) => `  ${option.padEnd(26)}${variable.padEnd(26)}${key}\n`).join('')}  --env-file FILE           reads DAYPASS_ variables from FILE
`;

/** Prints every setting with its spellings. Returns the exit code. */
export async function run(): Promise<number> {
  writeOut(help);
  return 0;
}
