use std::{fs, sync::Arc};

use rustls::ClientConfig;

use crate::{
    command::{World, credentials, error::CommandError},
    send::{Proxies, Proxy, SendError, tls},
};

/// How the network is reached: as the AWS CLI reads it from the environment.
pub(super) struct Network {
    pub(super) proxies: Proxies,
    /// The text of the file of certificates to trust, with its name.
    bundle: Option<(String, Vec<u8>)>,
}

impl Network {
    /// Gathers it; `profile` is the one that was named.
    pub(super) fn of(profile: Option<&str>, world: &World) -> Result<Self, CommandError> {
        let variable = |names: [&'static str; 2]| {
            let set = |name: &&'static str| world.variable(name).map(|value| (*name, value));
            names.iter().find_map(set)
        };
        let proxy = |names| {
            let Some((name, text)) = variable(names) else {
                return Ok(None);
            };
            Proxy::parse(text).map(Some).map_err(|error| {
                let message = format!("{name}: {}", error.message);
                CommandError::new(message).hint(error.hint.unwrap_or_default())
            })
        };
        let named = world.variable("AWS_CA_BUNDLE").map(str::to_owned);
        let bundle = named
            .or_else(|| credentials::setting(profile, "ca_bundle", world))
            .map(|path| match fs::read(&path) {
                Ok(text) => Ok((path, text)),
                Err(error) => Err(CommandError::new(format!(
                    "could not read the CA bundle {path}: {error}"
                ))),
            })
            .transpose()?;
        Ok(Self {
            proxies: Proxies {
                http: proxy(["http_proxy", "HTTP_PROXY"])?,
                https: proxy(["https_proxy", "HTTPS_PROXY"])?,
                none: variable(["no_proxy", "NO_PROXY"])
                    .map(|(_, value)| value.to_owned())
                    .unwrap_or_default(),
            },
            bundle,
        })
    }

    /// How TLS is spoken.
    pub(super) fn tls(&self) -> Result<Arc<ClientConfig>, CommandError> {
        let text = self.bundle.as_ref().map(|(_, text)| text.as_slice());
        tls(text).map_err(|error| match &self.bundle {
            Some((path, _)) => send_error(error).hint(format!("it is {path}")),
            None => send_error(error),
        })
    }
}

/// A reason not to send as an error of the command.
pub(super) fn send_error(error: SendError) -> CommandError {
    let own = CommandError::new(error.message).transient(error.is_transient);
    match error.hint {
        Some(hint) => own.hint(hint),
        None => own,
    }
}
