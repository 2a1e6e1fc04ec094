//! A bare reqwest client that posts the same body again and again.

use crate::Failure;
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Posts on their way at the same time.
const CONCURRENCY: usize = 40;

/// Posts a second, to ten paths in turn.
pub(crate) async fn run(receiver: SocketAddr, body: &str, time: Duration) -> Result<f64, Failure> {
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().http1_only().build()?;
    let began = Instant::now();
    let mut senders = Vec::new();
    for sender in 0..CONCURRENCY {
        let (client, body) = (client.clone(), body.to_owned());
        senders.push(tokio::spawn(async move {
            let url = format!("http://{receiver}/hook/{}", sender % 10);
            let mut posts = 0_u32;
            while began.elapsed() < time {
                let request = client
                    .post(&url)
                    .header("content-type", "application/json")
                    .header("webhook-id", "msg_0198c0de000070008000000000000000")
                    .header("webhook-timestamp", "1767225600")
                    .header("webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=")
                    .body(body.clone());
                request.send().await?.error_for_status()?.bytes().await?;
                posts += 1;
            }
            Ok::<_, Failure>(posts)
        }));
    }
    let mut posts = 0;
    for sender in senders {
        posts += sender.await??;
    }
    Ok(f64::from(posts) / began.elapsed().as_secs_f64())
}
