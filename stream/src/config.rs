//! The stream as it should be, and whose it is.
//!
//! Whose it is stands in its description, which only those may change who administer streams; what messages say
//! counts only where the description says nothing. A stream that is somebody else's, or that would not keep what is
//! published, is refused and left exactly as it is.

use crate::message::{Claim, log_of};
use crate::settings::StreamSettings;
use crate::trouble::{Trouble, is_missing};
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{Context, ErrorCode};
use std::time::Duration;
use uuid::Uuid;

/// What the description of a log's stream begins with; the log's identity follows.
const OWNER: &str = "Sunledger log ";
/// How long JetStream knows a message's id.
const DUPLICATES: Duration = Duration::from_secs(120);

/// The stream, found or made.
pub(crate) async fn ensure(
    context: &Context,
    settings: &StreamSettings,
    log: &Uuid,
) -> Result<Stream, Trouble> {
    match context.get_stream(&settings.stream).await {
        Ok(stream) => {
            let config = &stream.cached_info().config;
            check(config, settings)?;
            check_owner(&stream, log).await?;
            tune(context, stream, settings, log).await
        }
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(error) if is_missing(Some(error.error_code())) => {
                create(context, settings, log).await
            }
            _ => Err(Trouble::away(error)),
        },
    }
}

/// Whether a stream is fit for this log's events, and names this log: looked at by those who only read it.
pub(crate) fn is_ours(config: &Config, settings: &StreamSettings, log: &Uuid) -> bool {
    check(config, settings).is_ok() && owner(config) == Some(log.to_string().as_str())
}

fn subjects(settings: &StreamSettings) -> String {
    format!("{}.>", settings.prefix)
}

fn wanted(settings: &StreamSettings, log: &Uuid) -> Config {
    Config {
        name: settings.stream.clone(),
        description: Some(format!("{OWNER}{log}")),
        subjects: vec![subjects(settings)],
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        max_age: settings.max_age.unwrap_or_default(),
        duplicate_window: DUPLICATES,
        // An operator may purge, which is noticed; single events taken out would look like a faulty copy.
        deny_delete: true,
        num_replicas: settings.replicas,
        max_messages: -1,
        max_bytes: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        ..Config::default()
    }
}

async fn create(context: &Context, settings: &StreamSettings, log: &Uuid) -> Result<Stream, Trouble> {
    let name = &settings.stream;
    let stream = context.create_stream(wanted(settings, log)).await.map_err(|error| match error.kind() {
        CreateStreamErrorKind::JetStream(error) => match error.error_code() {
            ErrorCode::STREAM_SUBJECT_OVERLAP => Trouble::Refused(format!(
                "the stream {name} cannot be made: another stream takes {}; set SUNLEDGER_NATS_PREFIX to a prefix \
                 of its own",
                subjects(settings)
            )),
            ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED => Trouble::Refused(format!(
                "the stream {name} cannot be made: this NATS server is not part of a cluster and keeps one copy; set \
                 SUNLEDGER_NATS_REPLICAS to 1"
            )),
            ErrorCode::STREAM_NAME_EXIST => Trouble::Changed("somebody else made it".to_owned()),
            _ => Trouble::away(error),
        },
        _ => Trouble::away(error),
    })?;
    let config = &stream.cached_info().config;
    check(config, settings)?;
    warn_of_differences(config, settings);
    tracing::info!(stream = name, subjects = subjects(settings), "the stream is made");
    Ok(stream)
}

/// What would make the stream unfit.
fn check(config: &Config, settings: &StreamSettings) -> Result<(), Trouble> {
    let subjects = subjects(settings);
    let wrong = if config.subjects != [subjects.as_str()] {
        format!("it takes the subjects {:?} and not {subjects}", config.subjects)
    } else if config.storage != StorageType::File {
        "it keeps its messages in memory".to_owned()
    } else if config.retention != RetentionPolicy::Limits {
        "it drops messages that were consumed".to_owned()
    } else if config.discard != DiscardPolicy::Old {
        "it takes no new messages once it is full".to_owned()
    } else if config.no_ack || config.sealed || config.mirror.is_some() {
        "it cannot be published to".to_owned()
    } else if config.sources.as_ref().is_some_and(|sources| !sources.is_empty())
        || config.subject_transform.is_some()
    {
        "it is filled from other streams, or changes the subjects".to_owned()
    } else {
        return Ok(());
    };
    Err(Trouble::Refused(format!(
        "the stream {} is not one for this ledger: {wrong}; nothing of it is changed. Set SUNLEDGER_NATS_STREAM and \
         SUNLEDGER_NATS_PREFIX to names of its own, or remove that stream",
        settings.stream
    )))
}

fn owner(config: &Config) -> Option<&str> {
    config.description.as_deref()?.strip_prefix(OWNER)
}

async fn check_owner(stream: &Stream, log: &Uuid) -> Result<(), Trouble> {
    let info = stream.cached_info();
    let whose = match owner(&info.config) {
        Some(owner) if owner == log.to_string() => return Ok(()),
        Some(owner) => format!("belongs to the log {owner}"),
        None if info.state.messages == 0 => return Ok(()),
        None => match tell_by_messages(stream, log).await? {
            None => return Ok(()),
            Some(whose) => whose,
        },
    };
    Err(Trouble::Refused(format!(
        "the stream {} {whose}, and not to this log ({log}); nothing of it is changed. Set SUNLEDGER_NATS_STREAM and \
         SUNLEDGER_NATS_PREFIX to names of its own, or remove that stream if nobody needs it",
        info.config.name
    )))
}

/// Whose a stream is that does not say it: ours where its first or last message is.
async fn tell_by_messages(stream: &Stream, log: &Uuid) -> Result<Option<String>, Trouble> {
    let state = &stream.cached_info().state;
    let mut whose = "holds messages that are no events of a ledger".to_owned();
    for sequence in [state.first_sequence, state.last_sequence] {
        let Ok(message) = stream.get_raw_message(sequence).await else { continue };
        if Claim::of(&message.headers, log).is_some() {
            return Ok(None);
        }
        if let Some(other) = log_of(&message.headers) {
            whose = format!("holds events of the log {other}");
        }
    }
    Ok(Some(whose))
}

/// Brings what is ours to decide to what the settings say.
async fn tune(
    context: &Context,
    mut stream: Stream,
    settings: &StreamSettings,
    log: &Uuid,
) -> Result<Stream, Trouble> {
    let wanted = wanted(settings, log);
    let found = &stream.cached_info().config;
    let tuned = Config {
        description: wanted.description,
        max_age: wanted.max_age,
        deny_delete: true,
        // More copies than asked for are somebody's intention; they are never taken away.
        num_replicas: found.num_replicas.max(wanted.num_replicas),
        ..found.clone()
    };
    if tuned == *found {
        return Ok(stream);
    }
    match context.update_stream(&tuned).await {
        Ok(info) => {
            warn_of_differences(&info.config, settings);
            tracing::info!(stream = settings.stream, "the stream's settings are brought up to date");
        }
        Err(error) => {
            tracing::warn!(stream = settings.stream, %error, "the stream's settings stay as they are");
        }
    }
    stream.info().await.map_err(Trouble::away)?;
    Ok(stream)
}

/// A server may answer yes and do something else: an older one ignores what it does not know.
fn warn_of_differences(config: &Config, settings: &StreamSettings) {
    let name = &settings.stream;
    if config.max_age != settings.max_age.unwrap_or_default() {
        tracing::warn!(stream = name, max_age = ?config.max_age, "the stream keeps its messages for another time");
    }
    if config.num_replicas < settings.replicas {
        tracing::warn!(
            stream = name,
            replicas = config.num_replicas,
            "the stream has fewer copies than asked for"
        );
    }
    if !config.deny_delete {
        tracing::warn!(stream = name, "single messages of the stream can be deleted");
    }
    if bounds(config) {
        tracing::warn!(stream = name, "the stream is bounded in size: what it drops is not published again");
    }
}

/// Whether the stream drops its oldest messages for another reason than their age.
pub(crate) fn bounds(config: &Config) -> bool {
    config.max_bytes > 0 || config.max_messages > 0 || config.max_messages_per_subject > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> StreamSettings {
        StreamSettings {
            addresses: "nats://a".parse().unwrap(),
            stream: "sunledger".into(),
            prefix: "events".into(),
            replicas: 1,
            max_age: None,
        }
    }

    #[test]
    fn what_is_asked_for_is_fit_and_ours() {
        let log = Uuid::from_u128(1);
        let config = wanted(&settings(), &log);
        assert!(is_ours(&config, &settings(), &log) && !is_ours(&config, &settings(), &Uuid::from_u128(2)));
        assert!(config.deny_delete && !config.deny_purge && !bounds(&config));
    }

    #[test]
    fn a_stream_that_would_not_keep_the_events_is_refused() {
        let good = wanted(&settings(), &Uuid::nil());
        let bad = [
            Config { subjects: vec!["events.>".into(), "more".into()], ..good.clone() },
            Config { subjects: vec!["other.>".into()], ..good.clone() },
            Config { storage: StorageType::Memory, ..good.clone() },
            Config { retention: RetentionPolicy::WorkQueue, ..good.clone() },
            Config { discard: DiscardPolicy::New, ..good.clone() },
            Config { sealed: true, ..good.clone() },
            Config { no_ack: true, ..good },
        ];
        for config in bad {
            assert!(matches!(check(&config, &settings()), Err(Trouble::Refused(_))), "{config:?}");
        }
    }
}
