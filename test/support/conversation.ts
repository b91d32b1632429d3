import type { Sandbox, TerminalRun } from './sandbox.ts';

export const enter = '\r';
/** From the first option to the last. */
export const up = '\x1b[A';
export const down = '\x1b[B';
/** Deletes the typed text. */
export const clear = '\x15';
export const interrupt = '\x03';

/** Milliseconds; other work may slow this machine down. */
const patience = 60_000;

export interface Conversation extends TerminalRun {
  /** Waits for each pattern after the text of the last one. */
  see(...patterns: RegExp[]): Promise<void>;
  /** Waits for the question, which has this mark until it is answered, and types. */
  answer(question: string, keys: string): Promise<void>;
}

/** Plays a person at a terminal; each wait continues after the text of the last one. */
export function openConversation(
  { runInTerminal }: Pick<Sandbox, 'runInTerminal'>,
  args: string[],
  env: Record<string, string> = {},
): Conversation {
  const terminal = runInTerminal(args, { wholly: true, env: { NO_COLOR: '1', ...env } });
  let read = 0;
  const see = async (...patterns: RegExp[]) => {
    for (const { source } of patterns) {
      const next = new RegExp(`^[\\s\\S]{${read}}[\\s\\S]*?${source}`);
      read = (await terminal.waitForTerminal(next, patience))[0].length;
    }
  };
  return {
    ...terminal,
    see,
    async answer(question, keys) {
      await see(new RegExp(`[◆▲] {2}${question}`));
      terminal.type(keys);
    },
  };
}
