//! A certificate authority for tests, with one certificate for `localhost`. A program trusts it through its file.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

pub(crate) struct Authority {
    folder: TempDir,
    acceptor: TlsAcceptor,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let own = parameters.self_signed(&key).unwrap();
        let issuer = Issuer::new(parameters, key);

        let server_key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&server_key, &issuer).unwrap();
        let server_key = PrivateKeyDer::try_from(server_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], server_key)
            .unwrap();

        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), own.pem()).unwrap();
        Self { folder, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// Its own certificate, in PEM.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}
