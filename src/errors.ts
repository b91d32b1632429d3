/** Every stable code word and the exit code that it stands for (sysexits.h where it has one). */
export const exitCodes = {
  'sign-in-needed': 2,
  usage: 64,
  'bad-configuration': 65,
  'unknown-profile': 65,
  'not-set-up': 65,
  'issuer-mismatch': 65,
  'bad-discovery': 65,
  'browser-not-started': 65,
  'provider-unreachable': 69,
  'proxy-unusable': 69,
  'provider-failed': 69,
  'team-file-unavailable': 69,
  'bad-id-token': 69,
  'sts-unreachable': 69,
  'sts-failed': 69,
  'sts-token-refused': 69,
  'output-too-large': 69,
  'revocation-unconfirmed': 69,
  internal: 70,
  'renewal-died': 70,
  io: 74,
  'sign-in-open': 75,
  'renewal-running': 75,
  'keychain-missing': 75,
  'keychain-locked': 75,
  'keychain-unresponsive': 75,
  'keychain-failed': 75,
  'port-busy': 75,
  denied: 77,
  cancelled: 77,
  'sign-in-timeout': 77,
  'trust-policy': 77,
  'identity-changed': 78,
  'start-link-reused': 78,
  'unsafe-directory': 78,
  'unsafe-file': 78,
  'unsafe-environment': 78,
  'unsafe-trust': 78,
  /** ^C: daypass prints no error, since the person caused it. */
  interrupted: 130,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** The code words of a call that cannot load the reader. The launcher, which is a shell script, prints some of them. */
export const startExitCodes = {
  'not-node': 64,
  'old-node': 64,
  'bad-folder': 64,
  'not-installed': 127,
  'no-node': 127,
} as const;

export type StartCode = keyof typeof startExitCodes;

/** What a person can do next: one line on a terminal, several on a page. */
export interface Hint {
  /** An imperative, lower case. */
  advice?: string;
  /** After the advice the command that failed is to be run again. */
  again?: true;
  command?: string;
  /** JSON to paste. */
  paste?: string;
}

/** Returns the hint as one line. Reports that are stored since 0.1.0 hold the line. */
export function hintText(hint: Hint | string): string {
  if (typeof hint === 'string') return hint;
  const { advice, again, command, paste } = hint;
  const words = [advice, again && 'then run the command again', command && `run: ${command}`];
  const line = words.filter(Boolean).join(', ');
  return paste ? `${line}: ${paste}` : line;
}

/** What an error is when it travels: between the two processes, into the state directory, onto a page. */
export interface ErrorReport {
  code: ErrorCode;
  /** One line per fault, lower case, naming what failed and with what; never a secret. */
  faults: string[];
  hint?: Hint | undefined;
  /** Where an unexpected exception was thrown: function names and positions. */
  trace?: string | undefined;
}

type Details = { hint?: string | Hint | undefined; allBy?: string | undefined; cause?: unknown };

/** The only error that reaches a person: a stable code, a line per fault and a hint. */
export class DaypassError extends Error {
  override readonly name = 'DaypassError';
  readonly code: ErrorCode;
  readonly faults: readonly string[];
  readonly nextStep: Hint | undefined;
  /** The command that tells all faults, where there may be more than are shown. */
  readonly allBy: string | undefined;
  /** Where an unexpected exception was thrown, here or in another process; `withTrace` sets it. */
  trace: string | undefined;

  constructor(code: ErrorCode, faults: string | readonly string[], { hint, allBy, cause }: Details = {}) {
    const lines = typeof faults === 'string' ? [faults] : faults;
    super(lines.join('; '), { cause });
    this.code = code;
    this.faults = lines;
    this.nextStep = typeof hint === 'string' ? { advice: hint } : hint;
    this.allBy = allBy;
  }

  /** The next step as one line. */
  get hint(): string | undefined {
    return this.nextStep && hintText(this.nextStep);
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }

  toReport(): ErrorReport {
    return {
      code: this.code,
      faults: [...this.faults],
      ...(this.nextStep ? { hint: this.nextStep } : {}),
      ...(this.trace ? { trace: this.trace } : {}),
    };
  }

  static fromReport(report: ErrorReport): DaypassError {
    const { code, faults, hint, trace } = report;
    return Object.assign(new DaypassError(code, faults, { hint }), { trace });
  }
}

/**
 * Returns any thrown value as a DaypassError. An exception that is not ours becomes `internal` with its class
 * and system code alone, since third-party messages can hold tokens. It stays the `cause`, for `logCrash`.
 */
export function asDaypassError(error: unknown): DaypassError {
  if (isDaypassError(error)) return error;
  const name = error instanceof Error ? error.constructor.name : typeof error;
  const code = systemCode(error);
  const fault = `unexpected ${name}${code ? ` (${code})` : ''}`;
  const hint = 'run the command again with --log FILE, and attach that file to your bug report';
  return new DaypassError('internal', fault, { hint, cause: error });
}

/** The libuv or library code word of an error, where it has a plain one (`ENOENT`, `OAUTH_TIMEOUT`). */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code) ? code : undefined;
}

// The commands are bundled apart from the reader, so the class can exist twice; its shape cannot.
function isDaypassError(error: unknown): error is DaypassError {
  return error instanceof Error && error.name === 'DaypassError' && 'faults' in error;
}
