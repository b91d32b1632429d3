import { writeOut } from '../terminal/terminal.ts';

export const help = `daypass signs you in to AWS through your company's OIDC provider.

  daypass [--profile P]   print credentials for an AWS client
  daypass configure       set up a profile: ask, check, write ~/.aws/config
  daypass login           sign in now and say who, which role and until when
  daypass logout          revoke the refresh token and empty the keychain
  daypass status          say what is kept, without opening a browser
  daypass doctor          try every part, say what is wrong and what to do
  daypass exec -- CMD     run a command with credentials in its environment
  daypass env             print credentials as environment variables
  daypass console         open the AWS console as this role
  daypass trust-policy    print what IAM needs to trust this sign-in
  daypass completion      make bash, zsh or fish complete what is typed
  daypass settings        list every setting and where it may be given
  daypass --version

daypass COMMAND --help says more of each. All take --profile and other settings.
`;

export async function run(): Promise<number> {
  writeOut(help);
  return 0;
}
