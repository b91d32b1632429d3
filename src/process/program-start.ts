import type { SpawnOptions } from 'node:child_process';
import { batchLine, interpreterOptions, isBatchFile } from './batch-file.ts';
import { commandInterpreter, findProgram } from './find-program.ts';

/** The arguments of `spawn`. */
export interface ProgramStart {
  file: string;
  args: readonly string[];
  options: Pick<SpawnOptions, 'argv0' | 'windowsVerbatimArguments'>;
}

/**
 * Returns how `spawn` starts a program with exactly these arguments, a batch file of Windows too. Throws an
 * ENOENT if Windows has no such program, and `usage` if a batch file cannot get an argument.
 */
export function programStart(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isWindows = process.platform === 'win32',
): ProgramStart {
  if (!isWindows) return { file: program, args, options: {} };
  // spawn would search the current directory first, and only for .com and .exe.
  const file = findProgram(program, env, isWindows);
  if (file === undefined) throw Object.assign(new Error('no such program'), { code: 'ENOENT' });
  if (!isBatchFile(file)) return { file, args, options: {} };
  return {
    file: commandInterpreter(env),
    args: [...interpreterOptions, batchLine(file, args)],
    // Verbatim arguments also leave the path of cmd.exe without quotes.
    options: { argv0: 'cmd.exe', windowsVerbatimArguments: true },
  };
}
