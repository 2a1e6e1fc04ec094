//! Bytes on a socket, for what no HTTP library would send.

use crate::server::Server;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest wait for the end of the answer.
const LIMIT: Duration = Duration::from_secs(30);

/// Sends `bytes` on a connection of their own and reads until the server closes it. The bytes should ask for that
/// (`Connection: close`) or be such that it must.
///
/// # Panics
/// When it neither answers nor closes.
pub async fn exchange(server: &Server, bytes: &[u8]) -> String {
    let talk = async {
        let mut socket = TcpStream::connect(server.address()).await.expect("a connection");
        // A server that refuses early may close before all is written: its answer counts, not this.
        let _ = socket.write_all(bytes).await;
        let mut answer = Vec::new();
        let mut chunk = [0_u8; 8192];
        while let Ok(read @ 1..) = socket.read(&mut chunk).await {
            answer.extend_from_slice(&chunk[..read]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    };
    tokio::time::timeout(LIMIT, talk).await.expect("the server answers or closes")
}

/// The status of a raw answer, where it is one.
#[must_use]
pub fn status(answer: &str) -> Option<u16> {
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}
