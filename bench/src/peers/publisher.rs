//! A bare publisher to JetStream: one message after the other, a bounded number of them not acknowledged yet.

use crate::Failure;
use async_nats::jetstream::{self, stream};
use std::collections::VecDeque;
use std::future::IntoFuture;
use std::time::{Duration, Instant};

/// Messages on their way at the same time.
const IN_FLIGHT: usize = 256;
const STREAM: &str = "bare";

/// Messages a second, each of so many bytes.
pub(crate) async fn run(url: &str, bytes: usize, time: Duration) -> Result<f64, Failure> {
    let context = jetstream::new(async_nats::connect(url).await?);
    let config = stream::Config {
        name: STREAM.into(),
        subjects: vec![format!("{STREAM}.>")],
        storage: stream::StorageType::File,
        ..stream::Config::default()
    };
    context.create_stream(config).await?;
    let payload = bytes::Bytes::from(vec![b'x'; bytes]);
    let began = Instant::now();
    let (mut waiting, mut acknowledged) = (VecDeque::new(), 0_u32);
    while began.elapsed() < time {
        while waiting.len() < IN_FLIGHT {
            waiting.push_back(
                context.publish("bare.default.invoice.created", payload.clone()).await?.into_future(),
            );
        }
        if let Some(oldest) = waiting.pop_front() {
            oldest.await?;
            acknowledged += 1;
        }
    }
    let rate = f64::from(acknowledged) / began.elapsed().as_secs_f64();
    for left in waiting {
        left.await?;
    }
    context.delete_stream(STREAM).await?;
    Ok(rate)
}
