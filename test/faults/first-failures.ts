// The texts of first-failures.test.ts: the commands of a new user, and what daypass says about each failure.
import { hintText } from '../../src/errors.ts';
import { clockRemedy } from '../../src/session/clock.ts';

export const firstFailures: Readonly<Record<string, { what: string; text: string }>> = {
  WX01: {
    what: 'a client id that the provider does not know',
    text: `$ daypass login --profile developer
daypass: sign-in-timeout: the sign-in was not completed within 5 minutes
hint: if the browser shows an error of the provider, check that daypass_client_id = nobody is right and that the provider allows this client the redirect address http://127.0.0.1/callback with any port (or register http://127.0.0.1:8400/callback and set daypass_redirect_port = 8400); to try again, run: daypass login --profile developer
(exit code 77)`,
  },
  WX02: {
    what: 'a redirect address that the provider does not know',
    text: `$ daypass login --profile developer
daypass: sign-in-timeout: the sign-in was not completed within 5 minutes
hint: if the browser shows an error of the provider, check that daypass_client_id = daypass-test is right and that the provider allows this client the redirect address http://127.0.0.1/signed-in with any port (or register http://127.0.0.1:8400/signed-in and set daypass_redirect_port = 8400); to try again, run: daypass login --profile developer
(exit code 77)`,
  },
  WX03: {
    what: 'an identity provider or a role in IAM for another client id',
    text: `$ daypass login --profile developer
daypass: sts-token-refused: AWS account 123456789012 refused the ID token: Incorrect token audience
daypass: sts-token-refused: this token has aud=daypass-test
hint: add the client id daypass-test to the IAM identity provider for http://127.0.0.1:PORT in account 123456789012, run: aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::123456789012:oidc-provider/127.0.0.1:PORT --client-id daypass-test
(exit code 69)
$ daypass login --profile developer
daypass: trust-policy: AWS does not let this sign-in assume arn:aws:iam::123456789012:role/DeveloperAccess: there is no such role, it does not trust this token, or the account has no identity provider for this issuer
daypass: trust-policy: the trust policy must allow sts:AssumeRoleWithWebIdentity: this token has iss=http://127.0.0.1:PORT aud=daypass-test sub=ada
hint: check daypass_role_arn; if it is right, add this statement to the trust policy of role DeveloperAccess (daypass trust-policy --profile developer prints it as commands, for a new role too): {"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/127.0.0.1:PORT"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"127.0.0.1:PORT:aud":"daypass-test","127.0.0.1:PORT:sub":"ada"}}}
(exit code 77)`,
  },
  WX04: {
    what: 'a role that does not exist',
    text: `$ daypass login --profile developer
daypass: trust-policy: AWS does not let this sign-in assume arn:aws:iam::123456789012:role/DevelopperAccess: there is no such role, it does not trust this token, or the account has no identity provider for this issuer
daypass: trust-policy: the trust policy must allow sts:AssumeRoleWithWebIdentity: this token has iss=http://127.0.0.1:PORT aud=daypass-test sub=ada
hint: check daypass_role_arn; if it is right, add this statement to the trust policy of role DevelopperAccess (daypass trust-policy --profile developer prints it as commands, for a new role too): {"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/127.0.0.1:PORT"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"127.0.0.1:PORT:aud":"daypass-test","127.0.0.1:PORT:sub":"ada"}}}
(exit code 77)`,
  },
  WX05: {
    what: 'a provider that answers 503, and one that is down',
    text: `$ daypass login --profile developer
daypass: provider-failed: http://127.0.0.1:PORT/.well-known/openid-configuration answered 503
hint: try again in a few minutes; if it keeps happening, contact your identity provider's administrator
(exit code 69)
$ daypass login --profile developer
daypass: provider-failed: http://127.0.0.1:PORT/token answered 503
hint: try again in a few minutes; if it keeps happening, contact your identity provider's administrator
(exit code 69)
$ daypass login --profile developer
daypass: provider-unreachable: cannot reach the provider at 127.0.0.1:PORT: the connection was refused
hint: try again in a few minutes; if it keeps happening, check the network and the issuer
(exit code 69)`,
  },
  WX06: {
    what: 'a clock that is 10 minutes off',
    text: `$ daypass login --profile developer
warning: this machine's clock was 10 min ahead of AWS when AWS issued the credentials, and AWS rejects requests if it still is; ${hintText(clockRemedy())}
(exit code 0)
$ daypass login --profile developer
warning: this machine's clock was 10 min behind AWS when AWS issued the credentials, and AWS rejects requests if it still is; ${hintText(clockRemedy())}
(exit code 0)`,
  },
  WX07: {
    what: 'a refresh token that the provider no longer accepts',
    text: `$ daypass --profile developer
daypass: sign-in-needed: the sign-in of profile developer has expired (the provider no longer accepts the refresh token), and no browser may be opened here: daypass_browser is none, and there is no terminal
hint: run: daypass login --profile developer
(exit code 2)
$ daypass --profile developer
daypass: sign-in-needed: the sign-in of profile developer has expired (the provider no longer accepts the refresh token), and no browser may be opened here: daypass_browser is none, and there is no terminal
hint: run: daypass login --profile developer
(exit code 2)`,
  },
  WX08: {
    what: 'a locked keyring, on a desktop and over SSH',
    text: `$ daypass login --profile developer
daypass: keychain-locked: the keychain is locked
hint: unlock it: sign in to the desktop, or open Passwords and Keys, then run the command again
(exit code 75)
$ daypass login --profile developer
daypass: keychain-locked: the keychain is locked
hint: to unlock gnome-keyring here with the password of your account, run: stty -echo; printf 'Password: '; head -n 1 | tr -d '\\n' | setsid gnome-keyring-daemon --replace --unlock; stty echo
(exit code 75)`,
  },
  WX09: {
    what: 'no libsecret',
    text: `$ daypass login --profile developer
daypass: keychain-missing: the keychain library cannot be loaded
hint: install libsecret (Debian and Ubuntu: sudo apt install libsecret-1-0), or set daypass_store = file in the profile to store the session in a 0600 file
(exit code 75)`,
  },
  WX10: {
    what: 'no display over SSH',
    text: `$ daypass login --profile developer
daypass: sign-in-needed: profile developer has no session, and no browser may be opened here: there is no desktop, and there is no terminal
hint: run it in a terminal (ssh -t), or to get only the link, run: daypass login --profile developer --browser none
(exit code 2)
$ daypass --profile developer
daypass: sign-in-needed: profile developer has no session, and no browser may be opened here: there is no desktop, and there is no terminal
hint: run: daypass login --profile developer
(exit code 2)`,
  },
  WX11: {
    what: 'a CI system',
    text: `$ daypass login --profile developer
daypass: sign-in-needed: profile developer has no session, and no browser may be opened here: CI is set, so a CI system runs this
hint: in a CI job, let the CI system's own OIDC token assume the role; on your own machine, unset CI, then run the command again
(exit code 2)
$ daypass --profile developer
daypass: sign-in-needed: profile developer has no session, and no browser may be opened here: CI is set, so a CI system runs this
hint: in a CI job, let the CI system's own OIDC token assume the role; on your own machine, unset CI, then run the command again
(exit code 2)`,
  },
  WX12: {
    what: 'exported access keys',
    text: `$ daypass login --profile developer
warning: AWS clients use AWS_ACCESS_KEY_ID instead of daypass, unless a flag names the profile; run: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
(exit code 0)`,
  },
  WX13: {
    what: 'access keys in the credentials file',
    text: `$ daypass login --profile developer
warning: AWS clients use aws_access_key_id (~/.aws/credentials:2) instead of daypass; remove aws_access_key_id, aws_secret_access_key from [developer] in ~/.aws/credentials, or use another profile name for daypass
(exit code 0)
$ daypass configure --issuer http://127.0.0.1:PORT --client-id daypass-test --profile developer
daypass: bad-configuration: aws_access_key_id, aws_secret_access_key (~/.aws/credentials:2): used instead of daypass by AWS CLI and boto3, JavaScript, Go, Ruby, C++, PHP, CRT; an error in .NET
hint: remove aws_access_key_id, aws_secret_access_key from [developer] in ~/.aws/credentials, or use another profile name for daypass
(exit code 65)`,
  },
  WX14: {
    what: 'an old Node',
    text: `$ daypass login --profile developer
daypass: old-node: "/usr/bin/node" is Node v18.20.8, and daypass needs Node 20.20, 22.12 or newer
hint: install Node 24 (https://nodejs.org/en/download), and put it before this one on PATH
(exit code 64)
$ daypass login --profile developer
daypass: old-node: "/usr/bin/node" is Node v18.20.8, and daypass needs Node 20.20, 22.12 or newer
hint: install Node 24 (https://nodejs.org/en/download), and put it before this one on PATH
(exit code 64)`,
  },
  WX15: {
    what: 'a proxy that is needed and not set',
    text: `$ daypass login --profile developer
daypass: provider-unreachable: cannot reach the provider at login.example.test: its name has no address
hint: check the network and the issuer; if your network requires a proxy, set HTTPS_PROXY to http://host:port, then run the command again
(exit code 69)
$ daypass --profile developer
daypass: provider-unreachable: cannot reach the provider at login.example.test: its name has no address
hint: check the network and the issuer; if your network requires a proxy, set HTTPS_PROXY to http://host:port, then run the command again
(exit code 69)`,
  },
};
