import java.net.URI
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy
import software.amazon.awssdk.regions.Region
import software.amazon.awssdk.services.sts.StsClient

/**
 * Calls GetCallerIdentity REQUESTS times with the default chain, which reads AWS_PROFILE, and prints a line for
 * each: ok or error. Tells only the message of the error, as many programs do.
 */
object KotlinClient {
    @JvmStatic
    fun main(words: Array<String>) {
        val builder = StsClient.builder()
            .region(Region.EU_WEST_1)
            .endpointOverride(URI.create(System.getenv("STS")))
            .overrideConfiguration { it.retryStrategy(AwsRetryStrategy.doNotRetry()) }
        builder.build().use { client ->
            repeat(System.getenv("REQUESTS").toInt()) {
                println(
                    try {
                        "ok ${client.callerIdentity.arn()}"
                    } catch (error: RuntimeException) {
                        "error ${error.message?.trim()?.replace(Regex("\\s+"), " ")}"
                    },
                )
            }
        }
    }
}
