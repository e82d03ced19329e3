//! AWS's own code for keys that are fetched: roles, SSO, processes, web identities, containers and
//! instances. The only file with a runtime, which is built when one of them is asked.

use std::{error::Error, time::Duration, time::UNIX_EPOCH};

use aws_config::{
    Region,
    ecs::EcsCredentialsProvider,
    imds::{self, credentials::ImdsCredentialsProvider},
    profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
    web_identity_token::WebIdentityTokenCredentialsProvider,
};
use aws_credential_types::{
    Credentials as Fetched,
    provider::{ProvideCredentials, error::CredentialsError},
};

use super::{Asked, Source, http};
use crate::{
    command::{World, network::Network},
    sign::Credentials,
    sigv4::{SecretAccessKey, SessionToken, Timestamp},
};

/// Asks a profile that gets its keys from elsewhere.
pub(super) fn ask_profile(name: &str, region: Option<&str>, world: &World) -> Asked {
    run(region, world, async |config| {
        ProfileFileCredentialsProvider::builder()
            .configure(&config)
            .profile_name(name)
            .build()
            .provide_credentials()
            .await
    })
}

/// Asks another source, where it is set up.
pub(super) fn ask(source: &Source, region: Option<&str>, world: &World) -> Asked {
    let set = |name| world.variable(name).is_some();
    match source {
        Source::WebIdentity if !set("AWS_WEB_IDENTITY_TOKEN_FILE") => {
            Asked::Silent("AWS_WEB_IDENTITY_TOKEN_FILE is not set".to_owned())
        }
        Source::Container
            if !set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
                && !set("AWS_CONTAINER_CREDENTIALS_FULL_URI") =>
        {
            Asked::Silent("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set, nor AWS_CONTAINER_CREDENTIALS_FULL_URI: this is no container of AWS".to_owned())
        }
        Source::Instance
            if world
                .variable("AWS_EC2_METADATA_DISABLED")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")) =>
        {
            Asked::Silent("instance metadata is off: AWS_EC2_METADATA_DISABLED".to_owned())
        }
        Source::Profile => Asked::Silent("no profile was asked".to_owned()),
        Source::WebIdentity => {
            let path = world.variable("AWS_WEB_IDENTITY_TOKEN_FILE").unwrap_or_default();
            if let Err(error) = std::fs::metadata(path) {
                return Asked::Failed(format!("could not read {path}: {error}"));
            }
            run(region, world, async |config| {
            WebIdentityTokenCredentialsProvider::builder()
                .configure(&config)
                .build()
                .provide_credentials()
                .await
        })
        }
        Source::Container => run(region, world, async |config| {
            EcsCredentialsProvider::builder()
                .configure(&config)
                .build()
                .provide_credentials()
                .await
        }),
        Source::Instance => match instance(world) {
            // Most machines are no instance: that is no failure.
            Asked::Failed(why) => Asked::Silent(format!("instance metadata did not answer: {why}")),
            asked => asked,
        },
    }
}

/// Asks the instance metadata service once, with the patience of the AWS CLI.
fn instance(world: &World) -> Asked {
    const PATIENCE: Duration = Duration::from_secs(1);
    run(None, world, async |config| {
        let client = imds::Client::builder()
            .configure(&config)
            .max_attempts(1)
            .connect_timeout(PATIENCE)
            .read_timeout(PATIENCE)
            .build();
        ImdsCredentialsProvider::builder()
            .configure(&config)
            .imds_client(client)
            .build()
            .provide_credentials()
            .await
    })
}

fn run(
    region: Option<&str>,
    world: &World,
    ask: impl AsyncFnOnce(ProviderConfig) -> Result<Fetched, CredentialsError>,
) -> Asked {
    // AWS STS answers in every region; one must be named.
    let region = Region::new(region.unwrap_or("us-east-1").to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let client = match Network::of(None, world).and_then(|network| http::client(&network)) {
        Ok(client) => client,
        Err(error) => return Asked::Failed(error.message().to_owned()),
    };
    let config = ProviderConfig::empty()
        .with_region(Some(region))
        .with_http_client(client);
    let fetched = match runtime {
        Ok(runtime) => runtime.block_on(ask(config)),
        Err(error) => return Asked::Failed(format!("could not start: {error}")),
    };
    match fetched {
        Ok(fetched) => Asked::Answered(own(&fetched)),
        Err(error) => Asked::Failed(reason(&error)),
    }
}

fn own(fetched: &Fetched) -> Credentials {
    let seconds = fetched
        .expiry()
        .and_then(|end| end.duration_since(UNIX_EPOCH).ok())
        .and_then(|end| i64::try_from(end.as_secs()).ok());
    Credentials {
        access_key_id: fetched.access_key_id().into(),
        secret: SecretAccessKey::new(fetched.secret_access_key().as_bytes().to_vec()),
        session_token: fetched
            .session_token()
            .map(|token| SessionToken::new(token.as_bytes().to_vec())),
        expires: seconds.and_then(Timestamp::of_unix),
    }
}

/// An error with what it came from, as far as that says more.
fn reason(error: &dyn Error) -> String {
    const EMPTY: [&str; 9] = [
        "the credential provider was not enabled",
        "an error occurred while loading credentials",
        "the credentials provider was not properly configured",
        "unhandled error",
        "service error",
        "dispatch failure",
        "io error",
        "error sending request",
        "an unexpected error",
    ];
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let says = text.trim();
        let empty = EMPTY
            .iter()
            .any(|empty| says.starts_with(empty) && says.len() < empty.len() + 4);
        let said = parts.iter().any(|part| part.contains(says));
        if !says.is_empty() && !empty && !said {
            parts.push(says.to_owned());
        }
        next = error.source();
    }
    match parts.is_empty() {
        true => error.to_string(),
        false => parts.join(": "),
    }
}
