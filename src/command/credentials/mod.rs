//! Keys: those of the environment and the shared files at once, all others by AWS's own code.

mod chain;
mod http;
mod masked;
mod shared_files;

use bstr::BStr;

use crate::{
    command::{World, cli::SecretArgs, error::CommandError},
    report::KeySource,
    sign::Credentials,
    sigv4::{SecretAccessKey, SessionToken},
};
use masked::masked;
use shared_files::Profile;

/// The secret that belongs to `access_key_id`, from static keys alone: the environment, else
/// `AWS_PROFILE` or the default profile of the shared files; or of the profile that was named,
/// whatever its id. No network is asked and no process started.
pub(super) fn secret(
    args: &SecretArgs,
    access_key_id: Option<&BStr>,
    world: &World,
) -> Result<Secret, CommandError> {
    if args.no_credentials {
        return Ok(Secret::default());
    }
    let id = access_key_id.filter(|id| !id.is_empty());
    if let Some(name) = &args.profile {
        return named(name, id, world);
    }
    let Some(id) = id else {
        return Ok(Secret::default());
    };
    let mut missing = Vec::new();
    let of_variables = (
        world.variable("AWS_ACCESS_KEY_ID"),
        world.variable("AWS_SECRET_ACCESS_KEY"),
    );
    match of_variables {
        (Some(own), Some(secret)) if own.as_bytes() == *id => {
            return Ok(Secret {
                secret: Some(SecretAccessKey::new(secret.as_bytes().to_vec())),
                session_token: world.variable("AWS_SESSION_TOKEN").map(token),
                source: KeySource::Found("AWS_SECRET_ACCESS_KEY".to_owned()),
            });
        }
        (Some(own), _) if own.as_bytes() == *id => {
            missing.push(format!(
                "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY {}",
                lack("AWS_SECRET_ACCESS_KEY", world)
            ));
        }
        (Some(own), _) => missing.push(format!("AWS_ACCESS_KEY_ID is another key, {own}")),
        (None, Some(_)) => {
            missing.push("AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not".to_owned());
        }
        (None, None) => {}
    }
    let name = world.variable("AWS_PROFILE").unwrap_or("default");
    let profile = Profile::load(name, world);
    match profile.value("aws_access_key_id") {
        Some(own) if own.as_bytes() == *id => match profile.secret() {
            Some(secret) => {
                return Ok(Secret {
                    secret: Some(secret),
                    session_token: profile.value("aws_session_token").map(token),
                    source: KeySource::Found(format!("profile {name}")),
                });
            }
            None => missing.push(format!("profile {name} has no aws_secret_access_key")),
        },
        Some(own) => missing.push(format!("profile {name} is another key, {own}")),
        None => {}
    }
    missing.extend(profile.unread.iter().cloned());
    Ok(Secret {
        secret: None,
        session_token: None,
        source: KeySource::Missing(missing),
    })
}

/// How a variable that gives no value lacks one.
fn lack(variable: &str, world: &World) -> &'static str {
    match world.is_no_text(variable) {
        true => "is no UTF-8 text",
        false => "is not",
    }
}

/// Every static secret of the user's, whatever it belongs to: what must not come out. Nothing is
/// signed with these.
pub(super) fn static_secrets(world: &World) -> Vec<SecretAccessKey> {
    let own = world.variable("AWS_SECRET_ACCESS_KEY");
    let own = own.map(|own| SecretAccessKey::new(own.as_bytes().to_vec()));
    own.into_iter()
        .chain(shared_files::secrets(world))
        .collect()
}

fn token(text: &str) -> SessionToken {
    SessionToken::new(text.as_bytes().to_vec())
}

/// A secret key, and where it is from or why there is none.
#[derive(Debug, Default)]
pub(super) struct Secret {
    pub(super) secret: Option<SecretAccessKey>,
    /// The token that belongs to it, where the access key id is the request's.
    pub(super) session_token: Option<SessionToken>,
    pub(super) source: KeySource,
}

/// Keys that sign, and which provider answered.
pub(super) struct Found {
    pub(super) credentials: Credentials,
    /// The provider in words: `the environment`, `profile x`.
    pub(super) provider: String,
}

/// The keys to sign with, from the providers that the AWS CLI asks, in its order: the environment,
/// unless a profile is named; the profile, a web identity, the container and the instance.
///
/// # Errors
/// Which providers were asked, and why each did not answer.
pub(super) fn signing(
    profile: Option<&str>,
    region: Option<&str>,
    world: &World,
) -> Result<Found, CommandError> {
    if let (None, Some(found)) = (profile, of_environment(world)) {
        return Ok(found);
    }
    let name = profile
        .or(world.variable("AWS_PROFILE"))
        .unwrap_or("default");
    let held = Profile::load(name, world);
    let mut silent = vec![no_environment(profile, world)];
    for source in sources(profile, &held) {
        let asked = match source {
            Source::Profile => of_profile(name, &held, region, world),
            Source::WebIdentity | Source::Container | Source::Instance => {
                chain::ask(&source, region, world)
            }
        };
        match asked {
            Asked::Answered(credentials) => {
                return Ok(Found {
                    credentials,
                    provider: source.words(name, &held),
                });
            }
            Asked::Silent(why) => silent.push(masked(&why)),
            Asked::Failed(why) => {
                let why = masked(&why);
                let message = format!("no keys came from {}", source.words(name, &held));
                let failed = CommandError::new(message).hint(why);
                return Err(silent.into_iter().fold(failed, CommandError::hint));
            }
        }
    }
    let nothing = CommandError::new("there are no keys to sign with");
    Err(silent.into_iter().fold(nothing, CommandError::hint))
}

/// Where keys may come from beside the environment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Source {
    Profile,
    WebIdentity,
    Container,
    Instance,
}

/// What came of asking.
enum Asked {
    Answered(Credentials),
    /// It is not set up here, and says why.
    Silent(String),
    /// It is set up, and did not answer: nobody else is asked.
    Failed(String),
}

/// In the AWS CLI's order: a role of the profile is assumed before a web identity is looked at.
fn sources(asked: Option<&str>, held: &Profile) -> Vec<Source> {
    if asked.is_some() {
        return vec![Source::Profile];
    }
    let mut sources = vec![Source::WebIdentity, Source::Profile];
    if held.value("role_arn").is_some() {
        sources.reverse();
    }
    sources.extend([Source::Container, Source::Instance]);
    sources
}

impl Source {
    fn words(self, name: &str, held: &Profile) -> String {
        match self {
            Self::WebIdentity => "the web identity of AWS_WEB_IDENTITY_TOKEN_FILE".to_owned(),
            Self::Container => "the container's credentials endpoint".to_owned(),
            Self::Instance => "the role of this instance (IMDSv2)".to_owned(),
            Self::Profile => match (held.value("role_arn"), held.elsewhere()) {
                (Some(role), _) => format!("profile {name}, which assumes {role}"),
                (None, Some("credential_process")) => {
                    format!("profile {name}, by its credential_process")
                }
                _ if held.by_sso() => format!("profile {name}, by SSO"),
                _ => format!("profile {name}"),
            },
        }
    }
}

fn of_environment(world: &World) -> Option<Found> {
    let id = world.variable("AWS_ACCESS_KEY_ID")?;
    let secret = world.variable("AWS_SECRET_ACCESS_KEY")?;
    Some(Found {
        credentials: Credentials {
            access_key_id: id.into(),
            secret: SecretAccessKey::new(secret.as_bytes().to_vec()),
            session_token: world.variable("AWS_SESSION_TOKEN").map(token),
            expires: None,
        },
        provider: "the environment".to_owned(),
    })
}

/// Static keys at once; all else by AWS's own code.
fn of_profile(name: &str, held: &Profile, region: Option<&str>, world: &World) -> Asked {
    if let Some(own) = wants_a_code(name, held, world) {
        return Asked::Failed(format!(
            "profile {own} wants a code of mfa_serial, which is not asked for here: run it with keys from `aws configure export-credentials --profile {name}`"
        ));
    }
    match (held.value("aws_access_key_id"), held.secret()) {
        _ if held.elsewhere().is_some() => match chain::ask_profile(name, region, world) {
            Asked::Failed(why) if held.by_sso() => {
                Asked::Failed(format!("{why}; to log in: aws sso login --profile {name}"))
            }
            asked => asked,
        },
        (Some(id), Some(secret)) => Asked::Answered(Credentials {
            access_key_id: id.into(),
            secret,
            session_token: held.value("aws_session_token").map(token),
            expires: None,
        }),
        _ if !held.unread.is_empty() => Asked::Silent(held.unread.join("; ")),
        _ if !held.found => Asked::Silent(format!(
            "there is no profile {name} in {}",
            shared_files::paths(world)
        )),
        _ => Asked::Silent(format!(
            "profile {name} has no aws_access_key_id with aws_secret_access_key"
        )),
    }
}

/// The profile on the way to the keys whose role is given only with the code of a device.
fn wants_a_code(name: &str, held: &Profile, world: &World) -> Option<String> {
    let wants =
        |held: &Profile| held.value("role_arn").is_some() && held.value("mfa_serial").is_some();
    if wants(held) {
        return Some(name.to_owned());
    }
    let mut source = held.value("source_profile").map(str::to_owned);
    // A profile may be its own source, and more than a few are a circle.
    for _ in 0..16 {
        let own = source.filter(|own| own != name)?;
        let held = Profile::load(&own, world);
        if wants(&held) {
            return Some(own);
        }
        source = held.value("source_profile").map(str::to_owned);
    }
    None
}

/// Why the environment did not answer.
fn no_environment(asked: Option<&str>, world: &World) -> String {
    let set = |variable| world.variable(variable).is_some();
    match (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY")) {
        _ if asked.is_some() => "the environment was not asked: a profile is named",
        (true, false) if world.is_no_text("AWS_SECRET_ACCESS_KEY") => {
            "AWS_SECRET_ACCESS_KEY is no UTF-8 text"
        }
        (true, false) => "the environment has no AWS_SECRET_ACCESS_KEY",
        (false, true) => "the environment has no AWS_ACCESS_KEY_ID",
        _ => "the environment has neither AWS_ACCESS_KEY_ID nor AWS_SECRET_ACCESS_KEY",
    }
    .to_owned()
}

/// A setting of the profile that is in use.
pub(super) fn setting(profile: Option<&str>, key: &str, world: &World) -> Option<String> {
    let name = profile
        .or(world.variable("AWS_PROFILE"))
        .unwrap_or("default");
    Profile::load(name, world).value(key).map(str::to_owned)
}

/// A setting of one service in the section that the profile in use names for its services.
pub(super) fn service_setting(
    profile: Option<&str>,
    service: &str,
    key: &str,
    world: &World,
) -> Option<String> {
    let section = setting(profile, "services", world)?;
    shared_files::of_service(&section, service, key, world)
}

/// The region where nothing else says one: as the AWS CLI has it.
pub(super) fn region(profile: Option<&str>, world: &World) -> Option<String> {
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    let set = variables
        .into_iter()
        .find_map(|variable| world.variable(variable));
    set.map(str::to_owned)
        .or_else(|| setting(profile, "region", world))
}

/// The secret of a profile that was named; for it, network and processes are used.
fn named(name: &str, id: Option<&BStr>, world: &World) -> Result<Secret, CommandError> {
    let region = region(Some(name), world);
    let Found {
        credentials,
        provider,
    } = signing(Some(name), region.as_deref(), world)?;
    let own = &credentials.access_key_id;
    let other = id.is_some_and(|id| id != own);
    let source = match other {
        false => provider,
        true => format!("{provider}, which is of another key, {own}"),
    };
    Ok(Secret {
        secret: Some(credentials.secret),
        session_token: credentials.session_token.filter(|_| !other),
        source: KeySource::Found(source),
    })
}
