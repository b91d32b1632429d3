import type { Context, Surroundings } from '../context.ts';
import type { Arguments } from '../settings/arguments.ts';

/** One run of a command. */
export interface Call extends Arguments {
  surroundings: Surroundings;
  /** The settings of the profile, or of this other one, and all that follows from them. Throws what is wrong with them. */
  look(profile?: string): Context;
  /** The same, for what this call is about: it is noted in the log. */
  open(profile?: string): Context;
}

/** What each file of commands/ is. */
export interface Command {
  /** What `--help` says of it: fits a screen of 24 lines with 80 columns. */
  help: string;
  /** Gives the exit code, throws a DaypassError. */
  run(call: Call): Promise<number>;
}
