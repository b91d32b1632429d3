import { DaypassError } from '../errors.ts';
import { obtainCredentials } from '../request/obtain-credentials.ts';
import { envFormats } from '../shell/env-formats.ts';
import { didYouMean } from '../terminal/nearest.ts';
import { printable } from '../terminal/printable.ts';
import { writeOut } from '../terminal/terminal.ts';
import { chooseProfile } from './choose-profile.ts';
import type { Call } from './command.ts';

export const help = `daypass env [PROFILE] [--format FORMAT]

Prints AWS credentials as environment variables, for tools without
credential_process support. FORMAT is bash (also for sh, dash and zsh), fish,
powershell, cmd or dotenv.

  eval "$(daypass env developer)"
  daypass env developer --format fish | source
  daypass env developer --format powershell | Out-String | Invoke-Expression

The credentials stay readable in that shell until they expire. daypass exec
gives them to one command only.

The format claude-code is the JSON of Claude Code's awsCredentialExport:

  "awsAuthRefresh": "daypass login developer",
  "awsCredentialExport": "daypass env developer --format claude-code"
`;

/** Prints all variables or none. Returns the exit code. Throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const { options, open } = call;
  const format = options.get('format') ?? (process.platform === 'win32' ? 'powershell' : 'bash');
  const write = envFormats.get(format);
  if (!write) {
    const formats = [...envFormats.keys()];
    const fault = `--format must be one of ${formats.join(', ')}, not "${printable(format)}"`;
    throw new DaypassError('usage', fault, {
      hint: didYouMean(format, formats) ?? { command: 'daypass env --help' },
    });
  }
  const context = open(await chooseProfile(call));
  const record = await obtainCredentials(context);
  return writeOut(write(record, context.settings, context.env)) ? 0 : 1;
}
