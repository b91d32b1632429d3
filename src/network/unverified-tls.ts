import { DaypassError } from '../errors.ts';

/** Returns an error if the environment switches certificate checks off: anyone could impersonate the provider or STS. */
export function unverifiedTls({ NODE_TLS_REJECT_UNAUTHORIZED }: NodeJS.ProcessEnv): DaypassError | undefined {
  if (NODE_TLS_REJECT_UNAUTHORIZED !== '0') return undefined;
  return new DaypassError(
    'unsafe-environment',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 lets anyone read the tokens',
    {
      hint: "unset it, and set AWS_CA_BUNDLE to your company's CA file instead",
    },
  );
}
