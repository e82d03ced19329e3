//! The AWS CLI's shared files, as far as static keys and a few settings go.

use std::{fs, io::ErrorKind, path::PathBuf};

use bstr::ByteSlice;
use zeroize::Zeroizing;

use crate::{command::World, sigv4::SecretAccessKey};

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
        let home = || {
            let home = world.variable("HOME");
            PathBuf::from(
                home.or_else(|| world.variable("USERPROFILE"))
                    .unwrap_or_default(),
            )
        };
        match world.variable(self.variable) {
            Some(path) => match path.strip_prefix("~/") {
                Some(path) => home().join(path),
                None => path.into(),
            },
            None => home().join(".aws").join(self.name),
        }
    }

    /// The text, where there is such a file; what is no UTF-8 in it is in nothing that is used.
    ///
    /// # Errors
    /// Why a file that is there could not be read.
    fn read(&self, world: &World) -> Result<Option<Zeroizing<String>>, String> {
        let path = self.path(world);
        match fs::read(&path).map(Zeroizing::new) {
            Ok(bytes) => {
                let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
                Ok(Some(Zeroizing::new(text.to_str_lossy().into_owned())))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("could not read {}: {error}", path.display())),
        }
    }
}

/// Both files, as far as they can be read.
fn texts(world: &World) -> impl Iterator<Item = Zeroizing<String>> {
    FILES
        .iter()
        .filter_map(|file| file.read(world).ok().flatten())
}

/// Every secret access key of both files, whosever it is.
pub(super) fn secrets(world: &World) -> Vec<SecretAccessKey> {
    let secret = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let is_secret = name.trim().eq_ignore_ascii_case("aws_secret_access_key");
        let value = value.trim();
        (is_secret && !value.is_empty()).then(|| SecretAccessKey::new(value.as_bytes().to_vec()))
    };
    texts(world)
        .flat_map(|text| text.lines().filter_map(secret).collect::<Vec<_>>())
        .collect()
}

/// Where both files are, in words.
pub(super) fn paths(world: &World) -> String {
    let paths = FILES
        .each_ref()
        .map(|file| file.path(world).display().to_string());
    paths.join(" and ")
}

/// A setting of a service: a line `key = value` that is indented below `service =` in the section
/// `[services SECTION]` of the configuration file.
pub(super) fn of_service(section: &str, service: &str, key: &str, world: &World) -> Option<String> {
    texts(world).find_map(|text| nested(&text, section, service, key))
}

fn nested(text: &str, section: &str, service: &str, key: &str) -> Option<String> {
    let (mut inside, mut below) = (false, false);
    for line in text.lines() {
        if let Some(name) = section_name(line) {
            let name = name.strip_prefix("services").map(str::trim);
            inside = name == Some(section);
            below = false;
            continue;
        }
        if !inside || line.trim().is_empty() || line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        let (name, value) = (name.trim(), value.trim());
        match line.starts_with([' ', '\t']) {
            false => below = name.eq_ignore_ascii_case(service),
            true if below && name.eq_ignore_ascii_case(key) && !value.is_empty() => {
                return Some(value.to_owned());
            }
            true => {}
        }
    }
    None
}

/// The name in the brackets that begin a section.
fn section_name(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('[')?.split(']').next()?;
    Some(name.trim())
}

/// A name without the quotes around it: `[profile "of two words"]`.
fn unquoted(name: &str) -> &str {
    let within = |quote| name.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(name)
}

/// The settings of a profile; the credentials file's before the configuration file's.
pub(super) struct Profile {
    settings: Vec<(String, Zeroizing<String>)>,
    /// Whether a file has it.
    pub(super) found: bool,
    /// The files that are there and could not be read, with the reason.
    pub(super) unread: Vec<String>,
}

impl Profile {
    pub(super) fn load(name: &str, world: &World) -> Self {
        let mut this = Self {
            settings: Vec::new(),
            found: false,
            unread: Vec::new(),
        };
        for file in &FILES {
            match file.read(world) {
                Ok(Some(text)) => this.read(&text, name, file.prefix),
                Ok(None) => {}
                Err(why) => this.unread.push(why),
            }
        }
        this
    }

    fn read(&mut self, text: &str, name: &str, prefix: &str) {
        let mut inside = false;
        for line in text.lines() {
            if let Some(own) = section_name(line) {
                let bare =
                    own.strip_prefix(prefix)
                        .unwrap_or(if name == "default" { own } else { "" });
                inside = unquoted(bare.trim()) == name;
                self.found |= inside;
                continue;
            }
            // An indented line belongs to a nested setting, and comments start a line.
            let nested = line.starts_with([' ', '\t', '#', ';']);
            if let Some((key, value)) = line.split_once('=').filter(|_| inside && !nested) {
                let value = Zeroizing::new(value.trim().to_owned());
                self.settings.push((key.trim().to_ascii_lowercase(), value));
            }
        }
    }

    /// A setting that is not empty.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(own, _)| own == key);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The setting by which the keys come from elsewhere.
    pub(super) fn elsewhere(&self) -> Option<&'static str> {
        ELSEWHERE.into_iter().find(|key| self.value(key).is_some())
    }

    /// Whether the keys come from SSO.
    pub(super) fn by_sso(&self) -> bool {
        matches!(self.elsewhere(), Some("sso_session" | "sso_start_url"))
    }

    /// The secret access key that stands in it.
    pub(super) fn secret(&self) -> Option<SecretAccessKey> {
        let secret = self.value("aws_secret_access_key")?;
        Some(SecretAccessKey::new(secret.as_bytes().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_of_a_service_is_read_in_its_section_alone() {
        let text = "[profile x]\nservices = local\n[services other]\ns3 =\n  endpoint_url = http://no\n[services local]\ndynamodb =\n  endpoint_url = http://d\ns3 = \n  # c\n  addressing_style = path\n\tendpoint_url = http://s=1\n[default]\n";
        let of = |service| nested(text, "local", service, "endpoint_url");
        assert_eq!(of("s3").as_deref(), Some("http://s=1"));
        assert_eq!(of("dynamodb").as_deref(), Some("http://d"));
        assert_eq!(of("sqs"), None);
        assert_eq!(nested(text, "none", "s3", "endpoint_url"), None);
    }

    #[test]
    fn a_profile_is_read_as_the_cli_reads_it() {
        let text = "[default]\naws_access_key_id=A\n[profile \"x\"]\n# c\naws_access_key_id = B \ns3 =\n  key = no\naws_secret_access_key=S=1\n";
        let mut profile = Profile {
            settings: Vec::new(),
            found: false,
            unread: Vec::new(),
        };
        profile.read(text, "x", "profile ");
        assert!(profile.found);
        assert_eq!(profile.value("aws_access_key_id"), Some("B"));
        assert_eq!(profile.value("aws_secret_access_key"), Some("S=1"));
        assert_eq!(profile.value("key"), None);
    }
}
