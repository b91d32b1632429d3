import type { ReadConfigFile } from '../aws-config/config-file.ts';
import type { Context, Surroundings } from '../context.ts';
import type { Arguments } from '../settings/arguments.ts';

/** One run of a command. */
export interface Call extends Arguments {
  surroundings: Surroundings;
  /** Returns the AWS config file, which a command reads once, however many profiles it is about. Throws `io`. */
  config(): ReadConfigFile;
  /** Returns the context of the call's profile, or of this other one. Throws every fault of its settings. */
  look(profile?: string): Context;
  /** Returns the same for the profile that this call is about, and writes it to the log. */
  open(profile?: string): Context;
  /** Runs a further command as a call of its own, which reads the AWS config file again. Returns its exit code. */
  follow(args: Arguments): Promise<number>;
}

/** The exports of each command's file. */
export interface Command {
  /** The text for `--help`: at most 24 lines of 80 columns. */
  help: string;
  /** Returns the exit code, throws a DaypassError. */
  run(call: Call): Promise<number>;
}
