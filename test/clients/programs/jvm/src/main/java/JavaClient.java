import java.net.URI;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;

/**
 * Calls GetCallerIdentity REQUESTS times with the profile in PROFILE or else the default chain, and prints a
 * line for each: ok or error.
 */
final class JavaClient {
  public static void main(String[] words) {
    StsClientBuilder builder =
        StsClient.builder()
            .region(Region.EU_WEST_1)
            .endpointOverride(URI.create(System.getenv("STS")))
            .overrideConfiguration(each -> each.retryStrategy(AwsRetryStrategy.doNotRetry()));
    String profile = System.getenv("PROFILE");
    if (profile != null && !profile.isEmpty()) {
      builder.credentialsProvider(ProfileCredentialsProvider.create(profile));
    }
    try (StsClient client = builder.build()) {
      for (int request = 0; request < Integer.parseInt(System.getenv("REQUESTS")); request++) {
        System.out.println(ask(client));
      }
    }
  }

  private static String ask(StsClient client) {
    try {
      return "ok " + client.getCallerIdentity().arn();
    } catch (RuntimeException error) {
      StringBuilder text = new StringBuilder("error");
      for (Throwable each = error; each != null; each = each.getCause()) {
        text.append(' ').append(String.valueOf(each.getMessage()).strip().replaceAll("\\s+", " "));
      }
      return text.toString();
    }
  }
}
