// Calls GetCallerIdentity REQUESTS times, with the default chain and AWS_PROFILE or with fromIni and PROFILE.
// Prints a line for each: ok or error.
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-providers';

const { STS = '', PROFILE, REQUESTS } = process.env;
const chosen = PROFILE ? { credentials: fromIni({ profile: PROFILE }) } : {};
const client = new STSClient({ endpoint: STS, region: 'eu-west-1', maxAttempts: 1, ...chosen });
for (let request = 0; request < Number(REQUESTS); request++) {
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand());
    console.log(`ok ${Arn}`);
  } catch (error) {
    console.log(`error ${String(error).split(/\s+/).join(' ')}`);
  }
}
