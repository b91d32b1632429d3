import { writeOut } from '../terminal/terminal.ts';

export const help = `daypass signs you in to AWS through your company's OIDC provider.

  daypass [--profile P]   print credentials for an AWS client
  daypass configure       set up a profile: ask, check, write ~/.aws/config
  daypass login           sign in now; print who, which role and until when
  daypass logout          revoke the refresh token and delete the session
  daypass status          print the stored session, without opening a browser
  daypass doctor          check every part; print each problem and its remedy
  daypass exec -- CMD     run a command with credentials in its environment
  daypass env             print credentials as environment variables
  daypass console         open the AWS console as this role
  daypass trust-policy    print the IAM commands that trust this sign-in
  daypass completion      print the completion script for bash, zsh or fish
  daypass settings        list every setting and where you can set it
  daypass --version       print the version

Run daypass COMMAND --help for details. All accept --profile and other settings.
`;

export async function run(): Promise<number> {
  writeOut(help);
  return 0;
}
