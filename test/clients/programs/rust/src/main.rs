//! Calls GetCallerIdentity REQUESTS times with the profile in PROFILE or else the default chain, and prints a
//! line for each: ok or error.
use aws_config::{BehaviorVersion, Region};
use aws_smithy_http_client::Builder;
use std::env::var;
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // The time that the client waits for credentials follows from its retries, so these stay as they are.
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(Builder::new().build_http())
        .region(Region::new("eu-west-1"))
        .endpoint_url(var("STS").unwrap_or_default());
    if let Some(profile) = var("PROFILE").ok().filter(|name| !name.is_empty()) {
        loader = loader.profile_name(profile);
    }
    let client = aws_sdk_sts::Client::new(&loader.load().await);
    let requests = var("REQUESTS").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    for _ in 0..requests {
        match client.get_caller_identity().send().await {
            Ok(answer) => println!("ok {}", answer.arn().unwrap_or_default()),
            Err(error) => println!("error {}", told(&error)),
        }
    }
}

/// Returns the error and its causes in one line.
fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(each) = cause {
        text = format!("{text}: {each}");
        cause = each.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
