//! `sslmode` as libpq has it: `disable`, `prefer`, `require` (encrypted, the certificate is not looked at), `verify-ca`
//! (it must be signed by somebody trusted) and `verify-full` (and be the server's). Who is trusted is the system's
//! list, or the file that `sslrootcert` names.

use crate::StoreError;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What the URL says about TLS, taken out of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// The URL that the driver understands.
    pub(super) url: String,
    trust: Trust,
    roots: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    Anybody,
    Signed,
    Named,
}

impl Wish {
    /// Takes out what the driver does not know.
    pub(super) fn of(url: &str) -> Self {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut wish = Self { url: String::new(), trust: Trust::Anybody, roots: None };
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", "verify-ca")) => wish.trust = Trust::Signed,
                Some(("sslmode", "verify-full")) => wish.trust = Trust::Named,
                Some(("sslrootcert", "system")) => {}
                Some(("sslrootcert", file)) => {
                    wish.roots = Some(file.replace("%2F", "/").replace("%2f", "/"))
                }
                _ => rest.push(pair),
            }
        }
        if wish.trust != Trust::Anybody {
            rest.push("sslmode=require");
        }
        base.clone_into(&mut wish.url);
        if !rest.is_empty() {
            wish.url = format!("{base}?{}", rest.join("&"));
        }
        wish
    }

    /// What connects with TLS.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, StoreError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?;
        let config = match self.trust {
            Trust::Named => builder.with_root_certificates(self.roots()?),
            Trust::Signed => {
                let inner =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(self.roots()?), provider.clone());
                let inner = inner.build().map_err(|error| wrong(&error))?;
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(Verifier { inner: Some(inner), provider }))
            }
            Trust::Anybody => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Verifier { inner: None, provider })),
        };
        Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
    }

    fn roots(&self) -> Result<RootCertStore, StoreError> {
        let mut roots = RootCertStore::empty();
        match &self.roots {
            Some(file) => {
                for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
                    let certificate = certificate.map_err(|error| wrong(&error))?;
                    roots.add(certificate).map_err(|error| wrong(&error))?;
                }
            }
            None => {
                // Certificates that cannot be read are not trusted.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err(StoreError::Failed("TLS: there is no certificate to trust; set sslrootcert".into()));
        }
        Ok(roots)
    }
}

fn wrong(error: &dyn std::error::Error) -> StoreError {
    StoreError::Failed(format!("TLS: {error}"))
}

/// Checks less than rustls would, as `sslmode` asks for; signatures of the handshake are always checked.
#[derive(Debug)]
struct Verifier {
    /// `None`: any certificate will do.
    inner: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is compared last: everything else was right.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modes_that_the_driver_does_not_know_are_taken_out_of_the_url() {
        let wish = Wish::of("postgres://u:p@h:1/d?a=b&sslmode=verify-full&sslrootcert=%2Fca.pem");
        assert_eq!(wish.url, "postgres://u:p@h:1/d?a=b&sslmode=require");
        assert_eq!((wish.trust, wish.roots.as_deref()), (Trust::Named, Some("/ca.pem")));
        let wish = Wish::of("postgres://h/d?sslmode=prefer");
        assert_eq!((wish.url.as_str(), wish.trust), ("postgres://h/d?sslmode=prefer", Trust::Anybody));
        assert_eq!(Wish::of("postgres://h/d").url, "postgres://h/d");
        assert_eq!(Wish::of("postgres://h/d?sslmode=verify-ca").trust, Trust::Signed);
    }

    #[test]
    fn every_mode_makes_a_connector_or_says_why_not() {
        assert!(Wish::of("postgres://h/d?sslmode=require").connector().is_ok());
        let missing = Wish::of("postgres://h/d?sslmode=verify-full&sslrootcert=/nowhere.pem");
        assert!(missing.connector().is_err());
    }
}
