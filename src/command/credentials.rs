use std::{fs, path::PathBuf};

use bstr::BStr;

use crate::{
    command::{World, cli::SecretArgs, error::CommandError},
    report::KeySource,
    sign::{Credentials, SessionToken},
    sigv4::SecretAccessKey,
};

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
                source: KeySource::Found("AWS_SECRET_ACCESS_KEY".to_owned()),
            });
        }
        (Some(own), _) if own.as_bytes() == *id => {
            missing.push("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not".to_owned());
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
                    source: KeySource::Found(format!("profile {name}")),
                });
            }
            None => missing.push(format!("profile {name} has no aws_secret_access_key")),
        },
        Some(own) => missing.push(format!("profile {name} is another key, {own}")),
        None => {}
    }
    Ok(Secret {
        secret: None,
        source: KeySource::Missing(missing),
    })
}

/// A secret key, and where it is from or why there is none.
#[derive(Debug, Default)]
pub(super) struct Secret {
    pub(super) secret: Option<SecretAccessKey>,
    pub(super) source: KeySource,
}

/// Keys that sign, and which provider answered.
pub(super) struct Found {
    pub(super) credentials: Credentials,
    /// The provider in words: `the environment`, `profile x`.
    pub(super) provider: String,
}

/// The keys to sign with: those of the profile that was named, else the environment's, else those
/// of `AWS_PROFILE` or the default profile.
pub(super) fn signing(profile: Option<&str>, world: &World) -> Result<Found, CommandError> {
    if let (None, Some(found)) = (profile, of_environment(world)) {
        return Ok(found);
    }
    let name = profile
        .or(world.variable("AWS_PROFILE"))
        .unwrap_or("default");
    let held = Profile::load(name, world);
    match (held.value("aws_access_key_id"), held.secret()) {
        (Some(id), Some(secret)) if held.elsewhere().is_none() => Ok(Found {
            credentials: Credentials {
                access_key_id: id.into(),
                secret,
                session_token: held
                    .value("aws_session_token")
                    .map(|token| SessionToken::new(token.as_bytes().to_vec())),
                expires: None,
            },
            provider: format!("profile {name}"),
        }),
        _ => Err(nothing_found(name, profile, &held, world)),
    }
}

fn of_environment(world: &World) -> Option<Found> {
    let id = world.variable("AWS_ACCESS_KEY_ID")?;
    let secret = world.variable("AWS_SECRET_ACCESS_KEY")?;
    let token = world.variable("AWS_SESSION_TOKEN");
    Some(Found {
        credentials: Credentials {
            access_key_id: id.into(),
            secret: SecretAccessKey::new(secret.as_bytes().to_vec()),
            session_token: token.map(|token| SessionToken::new(token.as_bytes().to_vec())),
            expires: None,
        },
        provider: "the environment".to_owned(),
    })
}

/// Says which providers were tried, and why each did not answer.
fn nothing_found(
    name: &str,
    asked: Option<&str>,
    profile: &Profile,
    world: &World,
) -> CommandError {
    let set = |variable| world.variable(variable).is_some();
    let environment = match (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY")) {
        _ if asked.is_some() => "the environment was not asked: a profile is named".to_owned(),
        (true, false) => "the environment has no AWS_SECRET_ACCESS_KEY".to_owned(),
        (false, true) => "the environment has no AWS_ACCESS_KEY_ID".to_owned(),
        _ => "the environment has neither AWS_ACCESS_KEY_ID nor AWS_SECRET_ACCESS_KEY".to_owned(),
    };
    let files = match (profile.found, profile.elsewhere()) {
        (false, _) => {
            let files: Vec<String> = FILES
                .iter()
                .map(|file| file.path(world).display().to_string())
                .collect();
            format!("there is no profile {name} in {}", files.join(" and "))
        }
        (true, Some(key)) => format!(
            "profile {name} gets its keys by {key}, which is not built yet: put the keys into the environment (aws configure export-credentials)"
        ),
        (true, None) => {
            format!("profile {name} has no aws_access_key_id with aws_secret_access_key")
        }
    };
    CommandError::new("there are no keys to sign with")
        .hint(environment)
        .hint(files)
}

/// The region where nothing else says one: as the AWS CLI has it.
pub(super) fn region(profile: Option<&str>, world: &World) -> Option<String> {
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    let set = variables
        .into_iter()
        .find_map(|variable| world.variable(variable));
    set.map(str::to_owned).or_else(|| {
        let name = profile
            .or(world.variable("AWS_PROFILE"))
            .unwrap_or("default");
        Profile::load(name, world)
            .value("region")
            .map(str::to_owned)
    })
}

fn named(name: &str, id: Option<&BStr>, world: &World) -> Result<Secret, CommandError> {
    let profile = Profile::load(name, world);
    if let Some(secret) = profile.secret() {
        let own = profile.value("aws_access_key_id");
        let other = own.filter(|own| id.is_some_and(|id| *id != own.as_bytes()));
        let source = match other {
            None => format!("profile {name}"),
            Some(own) => format!("profile {name}, which is of another key, {own}"),
        };
        return Ok(Secret {
            secret: Some(secret),
            source: KeySource::Found(source),
        });
    }
    if !profile.found {
        let files: Vec<String> = FILES
            .iter()
            .map(|file| file.path(world).display().to_string())
            .collect();
        return Err(CommandError::new(format!("there is no profile {name}"))
            .hint(format!("looked in {}", files.join(" and "))));
    }
    match profile.elsewhere() {
        Some(key) => Err(CommandError::new(format!(
            "profile {name} gets its keys by {key}, which diagnosing does not do"
        ))
        .hint("put the keys that signed into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")),
        None => Err(CommandError::new(format!(
            "profile {name} has no aws_secret_access_key"
        ))),
    }
}

/// Settings by which a profile gets its keys from elsewhere.
const ELSEWHERE: [&str; 6] = [
    "credential_process",
    "role_arn",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
    "source_profile",
];

/// One of the AWS CLI's shared files.
struct SharedFile {
    variable: &'static str,
    name: &'static str,
    prefix: &'static str,
}

/// Source: "Configuration and credential file settings" in the AWS CLI User Guide.
const FILES: [SharedFile; 2] = [
    SharedFile {
        variable: "AWS_SHARED_CREDENTIALS_FILE",
        name: "credentials",
        prefix: "",
    },
    SharedFile {
        variable: "AWS_CONFIG_FILE",
        name: "config",
        prefix: "profile ",
    },
];

impl SharedFile {
    fn path(&self, world: &World) -> PathBuf {
        match world.variable(self.variable) {
            Some(path) => path.into(),
            None => {
                let home = world
                    .variable("HOME")
                    .or_else(|| world.variable("USERPROFILE"));
                PathBuf::from(home.unwrap_or_default())
                    .join(".aws")
                    .join(self.name)
            }
        }
    }
}

/// The settings of a profile; the credentials file's before the configuration file's.
struct Profile {
    settings: Vec<(String, zeroize::Zeroizing<String>)>,
    found: bool,
}

impl Profile {
    fn load(name: &str, world: &World) -> Self {
        let mut this = Self {
            settings: Vec::new(),
            found: false,
        };
        for file in &FILES {
            let Ok(text) = fs::read_to_string(file.path(world)) else {
                continue;
            };
            this.read(&zeroize::Zeroizing::new(text), name, file.prefix);
        }
        this
    }

    fn read(&mut self, text: &str, name: &str, prefix: &str) {
        let mut inside = false;
        for line in text.lines() {
            if let Some(section) = line
                .trim()
                .strip_prefix('[')
                .and_then(|line| line.split(']').next())
            {
                let own = section.trim();
                let bare =
                    own.strip_prefix(prefix)
                        .unwrap_or(if name == "default" { own } else { "" });
                inside = bare.trim() == name;
                self.found |= inside;
                continue;
            }
            // An indented line belongs to a nested setting, and comments start a line.
            let nested = line.starts_with([' ', '\t', '#', ';']);
            if let Some((key, value)) = line.split_once('=').filter(|_| inside && !nested) {
                let value = zeroize::Zeroizing::new(value.trim().to_owned());
                self.settings.push((key.trim().to_ascii_lowercase(), value));
            }
        }
    }

    fn value(&self, key: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(own, _)| own == key);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The setting by which the keys come from elsewhere.
    fn elsewhere(&self) -> Option<&'static str> {
        ELSEWHERE.into_iter().find(|key| self.value(key).is_some())
    }

    fn secret(&self) -> Option<SecretAccessKey> {
        let secret = self.value("aws_secret_access_key")?;
        Some(SecretAccessKey::new(secret.as_bytes().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_as_the_cli_reads_it() {
        let text = "[default]\naws_access_key_id=A\n[profile x]\n# c\naws_access_key_id = B \ns3 =\n  key = no\naws_secret_access_key=S=1\n";
        let mut profile = Profile {
            settings: Vec::new(),
            found: false,
        };
        profile.read(text, "x", "profile ");
        assert!(profile.found);
        assert_eq!(profile.value("aws_access_key_id"), Some("B"));
        assert_eq!(profile.value("aws_secret_access_key"), Some("S=1"));
        assert_eq!(profile.value("key"), None);
    }
}
