// The session that the pictures of README.md show: a call that signs in, and another one.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testedProgram } from '../../test/support/sandbox.ts';
import type { Stage } from '../../test/support/stage.ts';
import { until } from '../../test/support/until.ts';

const commands = [
  'export AWS_PROFILE=developer',
  'aws sts get-caller-identity --query Arn',
  'aws sts get-caller-identity --query Account   # again, without the browser',
];

/**
 * Types the commands into a shell on a pseudo-terminal. `signIn` runs meanwhile, and signs in for the first call.
 * Returns the text of the terminal with its control sequences.
 */
export async function playSession(
  { sandbox, sts, config }: Stage,
  signIn: () => Promise<unknown>,
): Promise<string> {
  const programs = join(sandbox.home, 'bin');
  mkdirSync(programs);
  const write = (name: string, words: readonly string[]) =>
    writeFileSync(join(programs, name), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  write('daypass', testedProgram.words);
  // The AWS CLI of Debian 12 reads no address of STS from its config file.
  write('aws', ['/usr/bin/aws', '--endpoint-url', sts.url]);
  const section = '[profile developer]\n';
  const line = `credential_process = ${join(programs, 'daypass')} --profile developer\n`;
  sandbox.writeConfig(config().replace(section, `${section}${line}`));

  const shell = sandbox.runProgramInTerminal(['/bin/bash', '--norc', '--noprofile', '-i'], {
    wholly: true,
    env: {
      NO_COLOR: '',
      TERM: 'xterm-256color',
      PS1: '$ ',
      INPUTRC: '/dev/null',
      PATH: `${programs}:${sandbox.env.PATH}`,
      TZ: 'UTC',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
    },
  });
  const prompts = (count: number) => {
    const shown = shell.terminalText().match(/^(\p{Cc}\[\?2004h)?\$ /gmu) ?? [];
    return shown.length === count && shell.terminalText().endsWith('$ ');
  };
  const typed = async () => {
    for (const [index, command] of commands.entries()) {
      await until(() => prompts(index + 1), `prompt ${index + 1}`, 60_000);
      shell.type(`${command}\n`);
    }
    await until(() => prompts(commands.length + 1), 'the last prompt');
  };
  await Promise.all([typed(), signIn()]);
  const text = shell.terminalText();
  shell.type('exit\n');
  await shell.exit;
  return text;
}
