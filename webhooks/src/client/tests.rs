//! Of the client alone: addresses, waits, certificates.

use super::*;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[test]
fn odd_spellings_of_an_address_are_one() {
    for url in [
        "http://127.0.0.1/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://017700000001/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://%31%32%37.0.0.1/",
        "http://①②⑦.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    ] {
        let address = literal(&Url::parse(url).unwrap());
        assert!(address.is_some_and(|address| !guard::is_public(address)), "{url}: {address:?}");
    }
    assert_eq!(literal(&Url::parse("https://receiver.example/").unwrap()), None);
    assert_eq!(
        literal(&Url::parse("https://93.184.215.14/").unwrap()),
        Some(IpAddr::from([93, 184, 215, 14]))
    );
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let at = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        retry_after(&headers, 784_111_000)
    };
    assert_eq!(at("120"), Some(120));
    assert_eq!(at("Sun, 06 Nov 1994 08:49:37 GMT"), Some(777));
    assert_eq!(at("Sun, 06 Nov 1994 08:00:00 GMT"), None);
    assert_eq!(at("soon"), None);
    assert_eq!(at("-5"), None);
}

/// A TLS receiver for `receiver.example` on loopback that answers once; its address and certificate.
async fn tls_receiver() -> (SocketAddr, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["receiver.example".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let accepted = tokio_rustls::TlsAcceptor::from(Arc::new(config)).accept(stream).await;
        let Ok(mut stream) = accepted else { return };
        let mut buffer = [0; 4_096];
        let _ = stream.read(&mut buffer).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        let _ = stream.shutdown().await;
    });
    (address, certificate)
}

struct Loopback;

impl LookUp for Loopback {
    fn look_up(&self, _name: String) -> BoxFuture<'_, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) })
    }
}

async fn post(url: &str, roots: RootCertStore) -> Answer {
    let settings = ClientSettings {
        allow_private: true,
        connect_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(5),
        idle_per_host: 1,
        dns: Arc::new(Loopback),
    };
    let secret = Secret::parse(&sign::new_secret([1; 32])).unwrap();
    let message = Message {
        url: &Target::new(url),
        id: "msg_1",
        timestamp: 1_700_000_000,
        body: &"{}".into(),
        secrets: &[&secret],
    };
    Client::trusting(&settings, roots).unwrap().post(message).await
}

#[tokio::test]
async fn a_certificate_must_be_trusted_and_of_the_name() {
    let (address, certificate) = tls_receiver().await;
    let untrusting = post(&format!("https://receiver.example:{}/", address.port()), roots()).await;
    assert_eq!(untrusting.status, None);
    assert!(untrusting.error.as_deref().unwrap().contains("UnknownIssuer"), "{untrusting:?}");

    let mut trusted = RootCertStore::empty();
    trusted.add(certificate).unwrap();
    let (address, certificate) = tls_receiver().await;
    trusted.add(certificate).unwrap();
    let other_name = post(&format!("https://other.example:{}/", address.port()), trusted.clone()).await;
    assert!(other_name.error.as_deref().unwrap().contains("not valid for"), "{other_name:?}");

    let (address, certificate) = tls_receiver().await;
    trusted.add(certificate).unwrap();
    let answer = post(&format!("https://receiver.example:{}/", address.port()), trusted).await;
    assert_eq!((answer.status, answer.response.as_deref()), (Some(200), Some("ok")), "{answer:?}");
}
