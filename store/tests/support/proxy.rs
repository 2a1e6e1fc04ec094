//! Something between the log and its server that loses answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Proxy {
    /// The server's URL, through the proxy.
    pub(crate) url: String,
    swallow: Arc<AtomicBool>,
    hang: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) async fn start(url: &str) -> Self {
        let (head, rest) = url.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("{head}@127.0.0.1:{}/{database}", listener.local_addr().unwrap().port());
        let (swallow, hang) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (server, flags) = (server.to_owned(), (swallow.clone(), hang.clone()));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(forward(client, server, flags.clone()));
            }
        });
        Self { url, swallow, hang }
    }

    /// The next answer of the server does not arrive: the connection breaks instead.
    pub(crate) fn swallow(&self) {
        self.swallow.store(true, Ordering::SeqCst);
    }

    /// True once it was.
    pub(crate) fn swallowed(&self) -> bool {
        !self.swallow.load(Ordering::SeqCst)
    }

    /// From now on nothing passes, and nobody is told.
    pub(crate) fn hang(&self) {
        self.hang.store(true, Ordering::SeqCst);
    }
}

async fn forward(client: TcpStream, server: TcpStream, (swallow, hang): (Arc<AtomicBool>, Arc<AtomicBool>)) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let up = tokio::io::copy(&mut from_client, &mut to_server);
    let down = async {
        let mut buffer = vec![0; 65536];
        while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
            if swallow.swap(false, Ordering::SeqCst) {
                return;
            }
            while hang.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            if to_client.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = up => {}
        () = down => {}
    }
}
