// Asks STS who it is, as many times as said. By the default chain with AWS_PROFILE, or by fromIni with PROFILE. A line each: ok or error.
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
