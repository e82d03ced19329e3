use std::{fs, path::PathBuf};

use bstr::BStr;

use crate::{
    command::{World, cli::SecretArgs, error::CommandError},
    sigv4::SecretAccessKey,
};

/// The secret that belongs to `access_key_id`, from static keys alone: the environment, else
/// `AWS_PROFILE` or the default profile of the shared files; or of the profile that was named,
/// whatever its id. No network is asked and no process started.
pub(super) fn secret(
    args: &SecretArgs,
    access_key_id: Option<&BStr>,
    world: &World,
) -> Result<Option<SecretAccessKey>, CommandError> {
    if args.no_credentials {
        return Ok(None);
    }
    if let Some(name) = &args.profile {
        return named(name, world).map(Some);
    }
    let Some(id) = access_key_id.filter(|id| !id.is_empty()) else {
        return Ok(None);
    };
    if let (Some(own), Some(secret)) = (
        world.variable("AWS_ACCESS_KEY_ID"),
        world.variable("AWS_SECRET_ACCESS_KEY"),
    ) && own.as_bytes() == *id
    {
        return Ok(Some(SecretAccessKey::new(secret.as_bytes().to_vec())));
    }
    let name = world.variable("AWS_PROFILE").unwrap_or("default");
    let profile = Profile::load(name, world);
    let own = profile
        .value("aws_access_key_id")
        .is_some_and(|own| own.as_bytes() == *id);
    Ok(profile.secret().filter(|_| own))
}

fn named(name: &str, world: &World) -> Result<SecretAccessKey, CommandError> {
    let profile = Profile::load(name, world);
    if let Some(secret) = profile.secret() {
        return Ok(secret);
    }
    if !profile.found {
        let files: Vec<String> = FILES
            .iter()
            .map(|file| file.path(world).display().to_string())
            .collect();
        return Err(CommandError::new(format!("there is no profile {name}"))
            .hint(format!("looked in {}", files.join(" and "))));
    }
    const ELSEWHERE: [&str; 6] = [
        "credential_process",
        "role_arn",
        "sso_session",
        "sso_start_url",
        "web_identity_token_file",
        "source_profile",
    ];
    match ELSEWHERE
        .into_iter()
        .find(|key| profile.value(key).is_some())
    {
        Some(key) => Err(CommandError::new(format!(
            "profile {name} gets its keys by {key}, which diagnosing does not do"
        ))
        .hint("put the keys that signed into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")),
        None => Err(CommandError::new(format!(
            "profile {name} has no aws_secret_access_key"
        ))),
    }
}

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
