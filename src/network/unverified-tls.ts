import { DaypassError } from '../errors.ts';

/** The error of an environment that lets anyone stand in for the provider or STS; undefined where certificates are checked. */
export function unverifiedTls({ NODE_TLS_REJECT_UNAUTHORIZED }: NodeJS.ProcessEnv): DaypassError | undefined {
  if (NODE_TLS_REJECT_UNAUTHORIZED !== '0') return undefined;
  return new DaypassError(
    'unsafe-environment',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 lets anyone read the tokens',
    {
      hint: "unset it, and name your company's CA file in AWS_CA_BUNDLE instead",
    },
  );
}
