use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;

use super::SendError;

/// How TLS is spoken: servers are trusted as this machine trusts them, or as `bundle`, the text of
/// a file of certificates in PEM, says instead.
///
/// # Errors
/// When the bundle has no certificate, or the machine trusts none.
pub fn tls(bundle: Option<&[u8]>) -> Result<Arc<ClientConfig>, SendError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| SendError::new(format!("could not begin TLS: {error}")))?;
    let mut config = match bundle {
        Some(bundle) => builder
            .with_root_certificates(roots(bundle)?)
            .with_no_client_auth(),
        None => builder
            .with_platform_verifier()
            .map_err(|error| {
                SendError::new(format!(
                    "this machine has no certificates to trust: {error}"
                ))
                .hint("install them (ca-certificates), or name a file: AWS_CA_BUNDLE")
            })?
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn roots(bundle: &[u8]) -> Result<RootCertStore, SendError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(bundle) {
        let certificate = certificate
            .map_err(|error| SendError::new(format!("the CA bundle is no PEM: {error}")))?;
        roots.add(certificate).map_err(|error| {
            SendError::new(format!("the CA bundle has a broken certificate: {error}"))
        })?;
    }
    match roots.is_empty() {
        true => Err(SendError::new("the CA bundle has no certificate in it")),
        false => Ok(roots),
    }
}
