use std::fmt;

use zeroize::Zeroizing;

use super::{Scheme, SendError, route};
use crate::wire::{base64::base64, target::percent_decode};

/// A proxy that hands requests on.
#[derive(Clone)]
pub struct Proxy {
    /// How it is spoken to itself.
    pub(super) scheme: Scheme,
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of its `Proxy-Authorization`; secret.
    pub(super) authorization: Option<Zeroizing<Vec<u8>>>,
    /// Its URL as it was given, with its password.
    whole: Zeroizing<String>,
}

impl Proxy {
    /// Reads `http://user:password@host:port`; without a scheme it is `http`.
    ///
    /// # Errors
    /// When it is no such URL, or speaks SOCKS.
    pub fn parse(text: &str) -> Result<Self, SendError> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => {
                return Err(SendError::new(format!("a proxy of {other} is not known"))
                    .hint("expected http://host:port or https://host:port"));
            }
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        let (host, port) = route::split(authority).ok_or_else(|| {
            SendError::new(format!("the proxy {authority} has no host and port"))
                .hint("expected http://host:port")
        })?;
        let authorization = user.map(|user| {
            let plain = Zeroizing::new(percent_decode(user.as_bytes()).to_vec());
            Zeroizing::new([b"Basic ", &base64(&plain)[..]].concat())
        });
        Ok(Self {
            port: port.unwrap_or(match scheme {
                Scheme::Http => 80,
                Scheme::Https => 443,
            }),
            whole: Zeroizing::new(match text.contains("://") {
                true => text.to_owned(),
                false => format!("http://{text}"),
            }),
            scheme,
            host,
            authorization,
        })
    }

    /// Its URL with its password. A caller says in a comment why it needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.whole
    }
}

impl fmt::Display for Proxy {
    /// Without its user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

/// Which proxy a request takes, if any.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// For requests in the clear.
    pub http: Option<Proxy>,
    /// For requests over TLS.
    pub https: Option<Proxy>,
    /// Hosts that are reached without one, as `NO_PROXY` lists them.
    pub none: String,
}

impl Proxies {
    /// The proxy on the way to a host; `None` where there is none, or `NO_PROXY` names the host.
    #[must_use]
    pub fn of(&self, scheme: Scheme, host: &str, port: u16) -> Option<&Proxy> {
        let proxy = match scheme {
            Scheme::Http => self.http.as_ref(),
            Scheme::Https => self.https.as_ref(),
        };
        proxy.filter(|_| !self.bypassed(host, port))
    }

    /// Whether `NO_PROXY` names the host: `*`, the host, its port, or a domain that it is in.
    fn bypassed(&self, host: &str, port: u16) -> bool {
        let host = host.to_ascii_lowercase();
        let whole = format!("{host}:{port}");
        self.none
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty())
            .any(|name| {
                let name = name.strip_prefix("*.").unwrap_or(&name);
                let name = name.trim_start_matches('.');
                let within = |text: &str| {
                    let before = text.strip_suffix(name);
                    before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
                };
                name == "*" || within(&host) || within(&whole)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_and_hides_its_password() {
        let proxy = Proxy::parse("http://me:p%40ss@proxy.example:3128/").unwrap();
        assert_eq!(format!("{proxy} {proxy:?}").matches("me").count(), 0);
        assert_eq!(proxy.to_string(), "http://proxy.example:3128");
        assert_eq!(
            proxy.authorization.unwrap().as_slice(),
            b"Basic bWU6cEBzcw=="
        );
        assert_eq!(Proxy::parse("p:81").unwrap().port, 81);
        assert!(Proxy::parse("socks5://p").is_err());
        assert!(Proxy::parse("http://").is_err());
    }

    #[test]
    fn no_proxy_names_hosts_ports_and_domains() {
        let bypassed = |none: &str, host, port| {
            let proxies = Proxies {
                none: none.to_owned(),
                ..Proxies::default()
            };
            proxies.bypassed(host, port)
        };
        assert!(bypassed("*", "h", 1));
        assert!(bypassed("a, .example.com", "s3.example.com", 443));
        assert!(bypassed("example.com", "example.com", 443));
        assert!(bypassed("*.example.com", "s3.EXAMPLE.com", 443));
        assert!(bypassed("127.0.0.1:81", "127.0.0.1", 81));
        assert!(!bypassed("127.0.0.1:81", "127.0.0.1", 82));
        assert!(!bypassed("ample.com", "example.com", 443));
        assert!(!bypassed("", "h", 1));
    }
}
