use std::net::IpAddr;

use bstr::ByteSlice;

use super::{Proxies, Proxy, SendError};
use crate::wire::Request;

/// Where a request goes, and which way.
#[derive(Clone, Debug)]
pub struct Route {
    pub(super) scheme: Scheme,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) proxy: Option<Proxy>,
}

/// Whether the way is encrypted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Route {
    /// The way to where a request's URL points, else to its `Host`; `https` where nothing is said.
    ///
    /// # Errors
    /// When there is no host, or it is none.
    pub fn of(request: &Request, proxies: &Proxies) -> Result<Self, SendError> {
        let origin = request.origin.as_ref();
        let scheme = origin.map_or(&b"https"[..], |origin| &origin.scheme);
        let scheme = match scheme.to_ascii_lowercase().as_slice() {
            b"http" => Scheme::Http,
            b"https" => Scheme::Https,
            other => {
                let shown = other.to_str_lossy();
                return Err(SendError::new(format!("nothing is sent over {shown}")));
            }
        };
        let authority = origin.map(|origin| origin.authority.as_bstr());
        let authority = authority
            .or(request.host())
            .ok_or_else(|| SendError::new("the request does not say where it goes"))?;
        let authority = authority.to_str().map_err(|_| none(authority))?;
        let (host, port) = split(authority).ok_or_else(|| none(authority.as_bytes()))?;
        let port = port.unwrap_or(match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        });
        Ok(Self {
            proxy: proxies.of(scheme, &host, port).cloned(),
            scheme,
            host,
            port,
        })
    }

    /// Whether the way is encrypted.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The proxy on the way.
    #[must_use]
    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// Whether the request stays on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        let named = self.host.eq_ignore_ascii_case("localhost")
            || self.host.to_ascii_lowercase().ends_with(".localhost");
        self.proxy.is_none() && (named || address.is_ok_and(|address| address.is_loopback()))
    }

    /// Host and port, as a proxy is told them.
    pub(super) fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// The first hop.
    pub(super) fn hop(&self) -> (&str, u16) {
        match &self.proxy {
            Some(proxy) => (&proxy.host, proxy.port),
            None => (&self.host, self.port),
        }
    }
}

fn none(authority: &[u8]) -> SendError {
    SendError::new(format!("{} is no host", authority.to_str_lossy()))
}

/// Host, without the brackets of IPv6, and port.
pub(super) fn split(authority: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, behind) = rest.split_once(']')?;
            match behind {
                "" => (host, None),
                _ => (host, Some(behind.strip_prefix(':')?)),
            }
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let plain = |c: char| c.is_ascii_graphic() && !"/?#@[]\\".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return None;
    }
    let port = match port {
        Some("") | None => None,
        Some(port) => Some(port.parse().ok()?),
    };
    Some((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_has_a_host_and_may_have_a_port() {
        let host = |name: &str, port| Some((name.to_owned(), port));
        assert_eq!(split("h.example"), host("h.example", None));
        assert_eq!(split("h:81"), host("h", Some(81)));
        assert_eq!(split("[::1]:9000"), host("::1", Some(9000)));
        assert_eq!(split("[::1]"), host("::1", None));
        for none in ["", ":80", "h:x", "h:99999", "a@h", "a/b", "[::1]x", "h h"] {
            assert_eq!(split(none), None, "{none}");
        }
    }
}
