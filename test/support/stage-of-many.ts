import { openStageFor } from './logging-stage.ts';
import { roleArn, type Stage, signInProgram } from './stage.ts';

export const auditArn = 'arn:aws:iam::210987654321:role/Audit';

/**
 * Opens a stage with developer, auditor with the same sign-in, other with its own, and broken, whose settings
 * are wrong.
 */
export async function openStageOfMany(t: Parameters<typeof openStageFor>[0]): Promise<Stage> {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  const trust = {
    issuer: stage.provider.issuer,
    jwksUri: stage.provider.jwksUri,
    audience: stage.provider.clientId,
  };
  stage.trust.push({ ...trust, roleArn: auditArn });
  stage.sandbox.writeConfig(`${stage.config()}
[profile auditor]
region = eu-west-1
daypass_source_profile = developer
daypass_role_arn = ${auditArn}

[profile other]
daypass_source_profile = developer
daypass_role_arn = ${roleArn}
daypass_scopes = openid offline_access

[profile broken]
daypass_role_arn = ${roleArn}
daypass_duration = long

[profile of somebody else]
region = eu-west-1
`);
  return stage;
}
