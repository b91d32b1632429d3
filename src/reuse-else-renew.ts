import type { Context } from './context.ts';
import { canRenewSilently, type StoredCredentials } from './session/freshness.ts';
import type { CredentialsRecord } from './session/records.ts';

/** One who asks for credentials again and again, so that it gets those that are left while they are renewed. */
export interface Asker<Answer> {
  /** Reads the stored credentials. `patience`: the milliseconds of a wait that has ended, else undefined. */
  look: (patience?: number) => Promise<StoredCredentials>;
  /** Returns the milliseconds to wait for a renewal; less may do for one who has usable credentials. */
  patience: (fallback?: CredentialsRecord) => Promise<number>;
  /** Hands the credentials out, once. */
  answer: (record: CredentialsRecord) => Answer;
}

/** Answers with the stored credentials, else renews and answers with the new ones. Throws a DaypassError. */
export async function reuseElseRenew<Answer>(context: Context, asker: Asker<Answer>): Promise<Answer> {
  const { look, answer } = asker;
  const { record, state, usable } = await look();
  context.log('looked', { found: record !== undefined, state });

  const renew = async (fallback?: CredentialsRecord) => {
    const { awaitRenewal } = await import('./request/await-renewal.ts');
    const patience = await asker.patience(fallback);
    const lookAgain = async () => (await look(patience)).usable;
    return answer(await awaitRenewal(context, { look: lookAgain, fallback, patience, isCommand: false }));
  };
  if (!usable) return await renew();
  const silently = canRenewSilently(usable, Date.now());
  if (state === 'expiring' && silently) return await renew(usable);
  const answered = answer(usable);
  if (state === 'ageing' && silently) {
    // The asker has its answer, so an error of the background renewal only goes to the log.
    const { renewInBackground } = await import('./request/start-renewal.ts');
    await renewInBackground(context).catch((error) => context.log('background', { code: error?.code }));
  }
  return answered;
}
